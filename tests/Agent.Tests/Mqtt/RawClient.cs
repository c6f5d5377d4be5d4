using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using EdgeAgent.Mqtt;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace EdgeAgent.Tests.Mqtt;

/// <summary>An MQTT client that sends whatever a test wants, valid or not, and keeps what it gets.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();

    public ConcurrentQueue<MqttApplicationMessage> Received { get; } = new();

    /// <summary>When each message came, Stopwatch ticks.</summary>
    public ConcurrentDictionary<MqttApplicationMessage, long> ReceivedAt { get; } = new();

    /// <summary>With a session the broker keeps what comes while this client is away.</summary>
    public static Task<RawClient> ConnectAsync(BrokerAddress broker, string clientId, bool version5 = true,
        params string[] subscriptions) => ConnectAsync(broker, clientId, version5, session: false, subscriptions);

    public static async Task<RawClient> ConnectAsync(BrokerAddress broker, string clientId, bool version5, bool session,
        params string[] subscriptions)
    {
        var raw = new RawClient();
        raw._client.ApplicationMessageReceivedAsync += e =>
        {
            raw.ReceivedAt[e.ApplicationMessage] = System.Diagnostics.Stopwatch.GetTimestamp();
            raw.Received.Enqueue(e.ApplicationMessage);
            return Task.CompletedTask;
        };
        var options = new MqttClientOptionsBuilder().WithTcpServer(broker.Host, broker.Port).WithClientId(clientId)
            .WithProtocolVersion(version5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311);
        if (session) options.WithCleanStart(false).WithSessionExpiryInterval(600);
        await raw._client.ConnectAsync(options.Build());
        foreach (var topic in subscriptions)
            await raw._client.SubscribeAsync(new MqttClientSubscribeOptionsBuilder()
                .WithTopicFilter(topic, MqttQualityOfServiceLevel.AtLeastOnce).Build());
        return raw;
    }

    public Task SendAsync(string topic, byte[] payload, string? responseTopic = null, byte[]? correlation = null,
        string? contentType = null, uint expiry = 0, bool retain = false) =>
        _client.PublishAsync(new MqttApplicationMessage
        {
            Topic = topic,
            Payload = new ReadOnlySequence<byte>(payload),
            ResponseTopic = responseTopic,
            CorrelationData = correlation,
            ContentType = contentType,
            MessageExpiryInterval = expiry,
            Retain = retain,
            QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
        });

    public Task SendAsync(string topic, string payload, string? responseTopic = null, byte[]? correlation = null,
        string? contentType = null, uint expiry = 0) =>
        SendAsync(topic, Encoding.UTF8.GetBytes(payload), responseTopic, correlation, contentType, expiry);

    /// <summary>Waits for the first received message that fits.</summary>
    public async Task<MqttApplicationMessage> WaitAsync(Func<MqttApplicationMessage, bool> fits)
    {
        await Waiting.ForAsync(() => Received.Any(fits));
        return Received.First(fits);
    }

    public static string Text(MqttApplicationMessage message) => Encoding.UTF8.GetString(message.Payload.ToArray());

    /// <summary>Drops the connection without saying goodbye.</summary>
    public void Abort() => _client.Dispose();

    public async ValueTask DisposeAsync()
    {
        await _client.DisconnectAsync(new MqttClientDisconnectOptions(),
            CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
    }
}
