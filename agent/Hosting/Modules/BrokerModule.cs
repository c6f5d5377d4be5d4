using System.Net;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Mqtt;
using EdgeAgent.Mqtt.Broker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

internal static class BrokerModule
{
    public static IServiceCollection AddBroker(this IServiceCollection services) => services.AddPart<BrokerPart>("starting the broker");
}

/// <summary>The site's broker, or the embedded one where none is configured.</summary>
internal sealed partial class BrokerPart(AgentSettings settings, TimeProvider clock, ILogger<BrokerPart> logger)
    : IAgentPart, IAsyncDisposable
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

    /// <summary>The embedded broker; null with a site's.</summary>
    public EmbeddedBroker? Embedded => _embedded;

    /// <exception cref="SettingsException">It would be open to a network.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (BrokerAddress.TryParseList(settings.Mqtt.Broker, out _addresses)) return;
        var listeners = ListenPolicy.Listeners(settings.Mqtt.Listen, settings.Broker);
        var users = settings.BrokerUsersPath;
        if (ListenPolicy.Problem(listeners, users is not null && UserFile.Load(users).Count > 0, settings.Broker.Insecure) is { } problem)
            throw new SettingsException([problem]);
        _embedded = await EmbeddedBroker.StartAsync(new EmbeddedBrokerSettings(listeners, settings.Mqtt.MaxPacketBytes)
        {
            Options = settings.Broker,
            UsersFile = users,
            Directory = settings.StateDirectory.Length > 0 ? settings.BrokerPath : null,
            Agent = (settings.Mqtt.Site, settings.Mqtt.Device),
        }, clock, logger).ConfigureAwait(false);
        var (bound, port) = (_embedded.EndPoint.Address, _embedded.EndPoint.Port);
        var host = bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : bound;
        _addresses = [new BrokerAddress(host.ToString(), port, Tls: false) { Within = _embedded }];
        foreach (var listener in _embedded.Listeners) Listening(logger, listener.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        if (_embedded is { } broker) await broker.DisposeAsync().ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Embedded broker listens on {EndPoint}")]
    private static partial void Listening(ILogger logger, string endPoint);
}
