using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Mqtt;

/// <summary>
/// A fleet manager's connection: publishes, also retained, with the broker's confirmation, and listens. It is made once; reconnecting
/// is the caller's choice.
/// </summary>
internal sealed class FleetClient : IAsyncDisposable
{
    private readonly MqttConnection _connection;
    private readonly Action<string, ReadOnlyMemory<byte>> _receive;

    private FleetClient(MqttConnection connection, Action<string, ReadOnlyMemory<byte>> receive) =>
        (_connection, _receive) = (connection, receive);

    public bool IsConnected => _connection.IsConnected;

    /// <param name="receive">Called for every message, on the receive loop: must return at once.</param>
    /// <exception cref="IOException">The broker cannot be reached.</exception>
    public static async Task<FleetClient> ConnectAsync(BrokerAddress broker, string clientId, Action<string, ReadOnlyMemory<byte>> receive,
        CancellationToken cancellationToken)
    {
        var profile = new ConnectionProfile(broker, clientId) { Timeout = TimeSpan.FromSeconds(20), HasLargeBuffers = true };
        var connection = new MqttConnection(profile, TimeProvider.System, NullLogger.Instance);
        try
        {
            await connection.ConnectAsync(cancellationToken).ConfigureAwait(false);
            return new FleetClient(connection, receive);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <exception cref="IOException">The broker refused the subscription or is gone.</exception>
    public Task SubscribeAsync(string filter, CancellationToken cancellationToken) =>
        _connection.SubscribeAsync(new Subscription(filter, Receive) { IsRequired = true }, cancellationToken);

    /// <summary>Returns when the broker has it (QoS 1).</summary>
    /// <exception cref="IOException">The broker refused it or is gone.</exception>
    public Task PublishAsync(string topic, ReadOnlyMemory<byte> payload, bool retain, CancellationToken cancellationToken) =>
        _connection.SendAsync(new OutboundMessage(topic, payload) { AtLeastOnce = true, Retain = retain }, cancellationToken);

    private void Receive(InboundMessage message)
    {
        _receive(message.Topic, message.Payload);
        _ = message.Acknowledge();
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
