using EdgeAgent.Mqtt;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Mqtt.Broker;

/// <summary>The connection that the agent in the broker's process has, without the agent.</summary>
internal sealed class AgentStandIn : IAsyncDisposable
{
    private readonly MqttConnection _connection;
    private readonly Task _connected;

    public AgentStandIn(EmbeddedBroker broker, Action<InboundMessage>? receive = null, params string[] filters)
    {
        var address = new BrokerAddress("inside", 1, false) { Within = broker };
        _connection = new MqttConnection(new ConnectionProfile(address, "edge-agent-plant-d1")
        {
            SessionExpiry = TimeSpan.FromHours(1)
        }, TimeProvider.System, NullLogger.Instance);
        foreach (var filter in filters) _connection.Add(new Subscription(filter, receive!) { IsRequired = true });
        _connected = _connection.ConnectAsync(TestContext.Current.CancellationToken);
    }

    public Task Connected => _connected;

    public async Task SendAsync(string topic, string payload = "x")
    {
        await _connected;
        await _connection.SendAsync(new OutboundMessage(topic, System.Text.Encoding.UTF8.GetBytes(payload)) { AtLeastOnce = true },
            TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
