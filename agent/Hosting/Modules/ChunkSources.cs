using EdgeAgent.Mqtt;
using EdgeAgent.Updates;
using EdgeAgent.Updates.Sources;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

/// <summary>Opens where a command's bundle comes from: a directory, a web server, or the broker.</summary>
internal sealed class ChunkSources(AgentSettings settings, BrokerPart broker, Topics topics, Random random, TimeProvider clock,
    ILogger<DownloadLink> logger)
{
    private static readonly HttpClient Downloads = new() { Timeout = TimeSpan.FromSeconds(100) };

    public IChunkSource Open(UpdateCommand command, BandwidthLimiter limiter)
    {
        if (command.Url is { } url)
            return new Uri(url) is { IsFile: true } file
                ? new DirectoryChunkSource(file.LocalPath) : new HttpChunkSource(new Uri(url), limiter, Downloads, clock);
        var link = new DownloadLink(settings.Mqtt, broker.Addresses, clock, logger);
        var download = new MqttDownload(settings.Mqtt.Device, command.Bundle, settings.Updates.ChunksAtOnce, settings.Updates.WantDelay);
        return new MqttChunkSource(link, topics, download, limiter, clock, random);
    }
}
