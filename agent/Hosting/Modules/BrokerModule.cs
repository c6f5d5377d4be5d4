using System.Net;
using EdgeAgent.Mqtt;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

internal static class BrokerModule
{
    public static IServiceCollection AddBroker(this IServiceCollection services) => services.AddPart<BrokerPart>("starting the broker");
}

/// <summary>The site's broker, or the embedded one where none is configured.</summary>
internal sealed partial class BrokerPart(AgentSettings settings, ILogger<BrokerPart> logger) : IAgentPart, IAsyncDisposable
{
    private EmbeddedBroker? _embedded;
    private BrokerAddress? _address;

    /// <summary>The broker terminals connect to.</summary>
    /// <exception cref="InvalidOperationException">Not started.</exception>
    public BrokerAddress Address => _address ?? throw new InvalidOperationException("the broker has not been started");

    public bool IsEmbedded => _embedded is not null;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (settings.Mqtt.Broker.Length > 0)
        {
            _address = BrokerAddress.Parse(settings.Mqtt.Broker);
            return;
        }
        var listen = IPEndPoint.Parse(settings.Mqtt.Listen);
        _embedded = await EmbeddedBroker.StartAsync(listen, settings.Mqtt.MaxPacketBytes).ConfigureAwait(false);
        var (bound, port) = (_embedded.EndPoint.Address, _embedded.EndPoint.Port);
        var host = bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : bound;
        _address = new BrokerAddress(host.ToString(), port, Tls: false);
        Listening(logger, _embedded.EndPoint.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        if (_embedded is { } broker) await broker.DisposeAsync().ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Embedded broker listens on {EndPoint}")]
    private static partial void Listening(ILogger logger, string endPoint);
}
