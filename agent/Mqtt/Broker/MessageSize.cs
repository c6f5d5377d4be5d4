using MQTTnet;
using MQTTnet.Packets;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>How much a message takes while the broker holds it, bytes: its content and what comes with it.</summary>
internal static class MessageSize
{
    /// <summary>Objects around a message; measured with 3.1.1 messages of a byte: 300 to 500 bytes each.</summary>
    private const int Overhead = 400;

    public static long Of(MqttApplicationMessage message) => Of(message.Payload.Length, message.Topic, message.ResponseTopic,
        message.ContentType, message.CorrelationData, message.UserProperties);

    public static long Of(MqttPublishPacket packet) => Of(packet.Payload.Length, packet.Topic, packet.ResponseTopic,
        packet.ContentType, packet.CorrelationData, packet.UserProperties);

    private static long Of(long payload, string? topic, string? responseTopic, string? contentType, byte[]? correlation,
        List<MqttUserProperty>? properties) => Overhead + payload + (correlation?.Length ?? 0)
        + 2L * ((topic?.Length ?? 0) + (responseTopic?.Length ?? 0) + (contentType?.Length ?? 0))
        + (properties?.Sum(p => 2L * p.Name.Length + p.ValueBuffer.Length) ?? 0);
}
