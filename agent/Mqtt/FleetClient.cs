using System.Buffers;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace EdgeAgent.Mqtt;

/// <summary>A fleet manager's connection: publishes, also retained, and listens. Reconnecting is the caller's choice.</summary>
internal sealed class FleetClient : IAsyncDisposable
{
    private readonly IMqttClient _client;

    private FleetClient(IMqttClient client) => _client = client;

    public bool IsConnected => _client.IsConnected;

    /// <param name="receive">Called for every message, on the receive loop: must only hand over.</param>
    /// <exception cref="IOException">The broker cannot be reached.</exception>
    public static async Task<FleetClient> ConnectAsync(BrokerAddress broker, string clientId, Action<string, ReadOnlyMemory<byte>> receive,
        CancellationToken cancellationToken)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        client.ApplicationMessageReceivedAsync += e =>
        {
            receive(e.ApplicationMessage.Topic, e.ApplicationMessage.Payload.ToArray());
            return Task.CompletedTask;
        };
        var options = new MqttClientOptionsBuilder().WithTcpServer(broker.Host, broker.Port).WithClientId(clientId)
            .WithProtocolVersion(MqttProtocolVersion.V500).WithCleanStart(true).WithTimeout(TimeSpan.FromSeconds(20))
                .WithoutPacketFragmentation();
        if (broker.Tls) options.WithTlsOptions(tls => tls.UseTls());
        try
        {
            await client.ConnectAsync(ClientOptions.ForLargePackets(options.Build()), cancellationToken).ConfigureAwait(false);
            return new FleetClient(client);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            client.Dispose();
            throw new IOException($"cannot reach the broker {broker}: {e.Message}", e);
        }
    }

    public Task SubscribeAsync(string filter, CancellationToken cancellationToken) =>
        _client.SubscribeAsync(new MqttClientSubscribeOptionsBuilder().WithTopicFilter(filter, MqttQualityOfServiceLevel.AtLeastOnce)
            .Build(), cancellationToken);

    /// <summary>Returns when the broker has it (QoS 1).</summary>
    /// <exception cref="IOException">The broker refused it or is gone.</exception>
    public async Task PublishAsync(string topic, ReadOnlyMemory<byte> payload, bool retain, CancellationToken cancellationToken)
    {
        try
        {
            var result =
                await _client.PublishAsync(new MqttApplicationMessage
                {
                    Topic = topic,
                    Payload = new ReadOnlySequence<byte>(payload),
                    Retain = retain,
                    QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce
                },
                    cancellationToken).ConfigureAwait(false);
            if (!result.IsSuccess) throw new IOException($"the broker refused '{topic}': {result.ReasonCode} {result.ReasonString}");
        }
        catch (Exception e) when (e is not (OperationCanceledException or IOException))
        {
            throw new IOException($"'{topic}' was not sent: {e.Message}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisconnectAsync(new MqttClientDisconnectOptions(),
            CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
    }
}
