using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using EdgeAgent.Mqtt;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace EdgeAgent.Tests.Mqtt.Broker;

/// <summary>A client that logs in, tries acts and hears what the broker says of them.</summary>
internal sealed class UserClient : IAsyncDisposable
{
    private readonly IMqttClient _client;

    private UserClient(IMqttClient client)
    {
        _client = client;
        _client.ApplicationMessageReceivedAsync += e =>
        {
            Received.Enqueue(e.ApplicationMessage.Topic);
            e.AutoAcknowledge = Acknowledges;
            return Task.CompletedTask;
        };
        _client.DisconnectedAsync += e =>
        {
            Ended.TrySetResult(e.Reason);
            return Task.CompletedTask;
        };
    }

    public ConcurrentQueue<string> Received { get; } = new();

    public TaskCompletionSource<MqttClientDisconnectReason> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Acknowledges { get; set; } = true;

    /// <summary>Whether the broker had a session of this client.</summary>
    public bool HadSession { get; private set; }

    /// <param name="change">Further options of the connection.</param>
    /// <exception cref="LoginException">The broker does not take it.</exception>
    public static async Task<UserClient> ConnectAsync(BrokerAddress broker, string? user, string clientId, string password = "secret-word",
        Action<MqttClientOptionsBuilder>? change = null)
    {
        var client = new UserClient(new MqttClientFactory().CreateMqttClient());
        var options = new MqttClientOptionsBuilder().WithTcpServer(broker.Host, broker.Port).WithClientId(clientId)
            .WithProtocolVersion(MqttProtocolVersion.V500).WithTimeout(Waiting.Limit);
        if (user is not null) options.WithCredentials(user, password);
        change?.Invoke(options);
        var result = await client._client.ConnectAsync(options.Build(), TestContext.Current.CancellationToken);
        if (result.ResultCode == MqttClientConnectResultCode.Success)
        {
            client.HadSession = result.IsSessionPresent;
            return client;
        }
        client._client.Dispose();
        throw new LoginException(result.ResultCode);
    }

    /// <summary>Whether the broker took it (QoS 1).</summary>
    public async Task<bool> SendAsync(string topic, string payload = "x", bool retain = false, string? replyTo = null) =>
        (await PublishAsync(topic, Encoding.UTF8.GetBytes(payload), retain, replyTo)).IsSuccess;

    public Task<MqttClientPublishResult> PublishAsync(string topic, byte[] payload, bool retain = false, string? replyTo = null) =>
        _client.PublishAsync(new MqttApplicationMessage
        {
            Topic = topic,
            Payload = new ReadOnlySequence<byte>(payload),
            QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
            Retain = retain,
            ResponseTopic = replyTo,
        }, TestContext.Current.CancellationToken);

    /// <summary>What the broker answered, filter by filter.</summary>
    public async Task<IReadOnlyList<MqttClientSubscribeResultCode>> SubscribeAsync(params MqttTopicFilter[] filters)
    {
        var options = new MqttClientSubscribeOptions { TopicFilters = [.. filters] };
        return [.. (await _client.SubscribeAsync(options, TestContext.Current.CancellationToken)).Items.Select(i => i.ResultCode)];
    }

    public async Task<bool> SubscribeAsync(string filter) =>
        (await SubscribeAsync(new MqttTopicFilter { Topic = filter, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce }))
            .All(c => c <= MqttClientSubscribeResultCode.GrantedQoS2);

    public Task UnsubscribeAsync(string filter) => _client.UnsubscribeAsync(
        new MqttClientUnsubscribeOptionsBuilder().WithTopicFilter(filter).Build(), TestContext.Current.CancellationToken);

    /// <summary>Ends the connection without a farewell.</summary>
    public void Abort() => _client.Dispose();

    public async ValueTask DisposeAsync()
    {
        await _client.DisconnectAsync(new MqttClientDisconnectOptions(), CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
    }
}

/// <summary>The broker's answer to a CONNECT.</summary>
internal sealed class LoginException(MqttClientConnectResultCode code) : Exception($"{code}")
{
    public MqttClientConnectResultCode Code => code;
}
