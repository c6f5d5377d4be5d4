using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using MQTTnet;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace EdgeAgent.Mqtt;

/// <summary>Messages between our records and the client library.</summary>
internal static class MessageMapping
{
    private const string StreamProperty = "stream", SequenceProperty = "seq", IdProperty = "id";

    public static MqttQualityOfServiceLevel Quality(OutboundMessage message) =>
        message.AtLeastOnce ? MqttQualityOfServiceLevel.AtLeastOnce : MqttQualityOfServiceLevel.AtMostOnce;

    public static MqttApplicationMessage ToMqtt(OutboundMessage message)
    {
        var result = new MqttApplicationMessage
        {
            Topic = message.Topic,
            Payload = new ReadOnlySequence<byte>(message.Payload),
            QualityOfServiceLevel = Quality(message),
            Retain = message.Retain,
            ContentType = message.ContentType,
            ResponseTopic = message.ResponseTopic,
            CorrelationData = message.Correlation.IsEmpty ? null : message.Correlation.ToArray(),
            MessageExpiryInterval = message.ExpirySeconds ?? 0,
        };
        if (message.Sequence is { } sequence)
            result.UserProperties = [new(SequenceProperty, Encoding.UTF8.GetBytes(sequence.ToString(CultureInfo.InvariantCulture)))];
        if (message.Id is { } id) (result.UserProperties ??= []).Add(new(IdProperty, Encoding.UTF8.GetBytes(id)));
        return result;
    }

    public static InboundMessage FromMqtt(MqttApplicationMessage message, long receivedAt, Func<Task> acknowledge) =>
        new(message.Topic, message.Payload.IsSingleSegment ? message.Payload.First : message.Payload.ToArray(), receivedAt)
        {
            ContentType = message.ContentType,
            ResponseTopic = message.ResponseTopic,
            Correlation = message.CorrelationData,
            ExpirySeconds = message.MessageExpiryInterval == 0 ? null : message.MessageExpiryInterval,
            Retained = message.Retain,
            Id = Property(message, IdProperty) is { } id ? Encoding.UTF8.GetString(id.ValueBuffer.Span) : null,
            Stream = Property(message, StreamProperty) is { } stream
                && Utf8Parser.TryParse(stream.ValueBuffer.Span, out bool isStream, out _, 'l') ? isStream : null,
            Sequence = Property(message, SequenceProperty) is { } number
                && int.TryParse(number.ValueBuffer.Span, CultureInfo.InvariantCulture, out var sequence) ? sequence : null,
            Acknowledge = acknowledge,
        };

    private static MqttUserProperty? Property(MqttApplicationMessage message, string name) =>
        message.UserProperties?.FirstOrDefault(p => p.Name == name);
}
