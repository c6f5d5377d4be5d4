using MQTTnet;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>
/// Connects clients inside the process with the embedded broker, in memory. Who they are is known by the way they came: there is no
/// password that could leak, and nobody outside can take the agent's place.
/// </summary>
internal sealed class InsideClientFactory(BrokerListeners listeners, BrokerRole role) : IMqttClientAdapterFactory
{
    /// <summary>The client it acts for; null for one of its own client id and of the role.</summary>
    public BrokerClient? ActsFor { get; init; }

    public IMqttChannelAdapter CreateClientAdapter(MqttClientOptions options, MqttPacketInspector packetInspector, IMqttNetLogger logger) =>
        new MqttChannelAdapter(listeners.Connect(ActsFor ?? new BrokerClient("", role, options.ClientId)),
            new MqttPacketFormatterAdapter(options.ProtocolVersion,
                new MqttBufferWriter(options.WriterBufferSize, options.WriterBufferSizeMax)), logger)
        { AllowPacketFragmentation = options.AllowPacketFragmentation, PacketInspector = packetInspector };
}
