using Microsoft.Extensions.Logging;

namespace EdgeAgent.Mqtt;

/// <summary>
/// A connection for large transfers: the broker has at most <see cref="Window"/> unacknowledged messages under way, so that a
/// download neither fills the memory nor delays queries. It keeps no session: what was lost is asked for again.
/// </summary>
internal sealed class DownloadLink : ITopicLink, IAsyncDisposable
{
    /// <summary>Unacknowledged messages under way.</summary>
    public const int Window = 4;

    private readonly MqttConnection _connection;
    private readonly CancellationTokenSource _stop = new();

    public DownloadLink(MqttOptions options, IReadOnlyList<BrokerAddress> brokers, TimeProvider clock, ILogger logger)
    {
        _connection = new MqttConnection(new ConnectionProfile(brokers[0], $"edge-agent-{options.Site}-{options.Device}-dl")
        {
            Others = [.. brokers.Skip(1)],
            Credentials = BrokerCredentials.Of(options),
            KeepAlive = options.KeepAlive,
            MaxReconnectDelay = options.MaxReconnectDelay,
            ReceiveMaximum = Window,
            MaxPacketBytes = options.MaxPacketBytes,
            HasLargeBuffers = true,
        }, clock, logger)
        { Established = () => Reconnected?.Invoke() ?? Task.CompletedTask };
        _connection.Start();
    }

    public event Func<Task>? Reconnected;

    public Task SubscribeAsync(string filter, bool wantsRetained, Action<InboundMessage> receive) =>
        _connection.SubscribeAsync(new Subscription(filter, receive) { WantsRetained = wantsRetained, KeepsRetainFlag = true },
            _stop.Token);

    public Task UnsubscribeAsync(string filter) => _connection.UnsubscribeAsync(filter, _stop.Token);

    /// <summary>Sends if there is a connection; the caller repeats its requests.</summary>
    public async ValueTask<PublishResult> PublishAsync(OutboundMessage message) =>
        await _connection.TrySendAsync(message).ConfigureAwait(false) == SendResult.Sent ? PublishResult.Sent : PublishResult.Dropped;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }
}
