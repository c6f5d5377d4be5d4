using System.Buffers;
using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>Reads where a query's or a cancel's payload asks for its replies (<c>reply_to</c>, MQTT 3.1.1). Pure.</summary>
internal static class ReplyTopicFields
{
    private const string Field = "reply_to";

    /// <summary>Every <c>reply_to</c> of the object, in order: which one counts is the reader's affair, so all must be allowed.</summary>
    public static IReadOnlyList<string> Read(ReadOnlySequence<byte> payload)
    {
        var bytes = payload.IsSingleSegment ? payload.FirstSpan : payload.ToArray();
        List<string> found = [];
        try
        {
            var reader = new Utf8JsonReader(TextFile.WithoutMark(bytes));
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return found;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isReplyTo = reader.ValueTextEquals(Field);
                if (!reader.Read()) return found;
                if (isReplyTo && reader.TokenType == JsonTokenType.String) found.Add(reader.GetString()!);
                else reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // no JSON, or no text: the agent takes no reply topic from it either
        }
        return found;
    }
}
