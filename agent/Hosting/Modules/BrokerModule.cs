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
    private IReadOnlyList<BrokerAddress> _addresses = [];

    /// <summary>The broker terminals connect to; the first one where there are several.</summary>
    /// <exception cref="InvalidOperationException">Not started.</exception>
    public BrokerAddress Address => Addresses[0];

    /// <summary>The brokers to try, in order.</summary>
    /// <exception cref="InvalidOperationException">Not started.</exception>
    public IReadOnlyList<BrokerAddress> Addresses =>
        _addresses.Count > 0 ? _addresses : throw new InvalidOperationException("the broker has not been started");

    public bool IsEmbedded => _embedded is not null;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (BrokerAddress.TryParseList(settings.Mqtt.Broker, out _addresses)) return;
        var listen = IPEndPoint.Parse(settings.Mqtt.Listen);
        _embedded = await EmbeddedBroker.StartAsync(listen, settings.Mqtt.MaxPacketBytes).ConfigureAwait(false);
        var (bound, port) = (_embedded.EndPoint.Address, _embedded.EndPoint.Port);
        var host = bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : bound;
        _addresses = [new BrokerAddress(host.ToString(), port, Tls: false)];
        Listening(logger, _embedded.EndPoint.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        if (_embedded is { } broker) await broker.DisposeAsync().ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Embedded broker listens on {EndPoint}")]
    private static partial void Listening(ILogger logger, string endPoint);
}
