using System.Text.Json;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Queries;

/// <summary>
/// Reads a cancel: the query's own response topic and correlation data (MQTT 5), or <c>{"reply_to","id"}</c>. Only a client
/// that knows both can cancel a query.
/// </summary>
internal static class CancelParser
{
    private const int MaxBytes = 4096;

    /// <summary>Null when it names no query.</summary>
    public static ReplyAddress? Parse(InboundMessage message, QueryOptions options)
    {
        var topic = message.ResponseTopic;
        string? id = null;
        if (message.Payload.Length is > 0 and <= MaxBytes)
        {
            try
            {
                using var document = JsonDocument.Parse(message.Payload, new JsonDocumentOptions { MaxDepth = 4 });
                if (document.RootElement.ValueKind == JsonValueKind.Object)
                {
                    if (document.RootElement.TryGetProperty("id", out var i) && i.ValueKind == JsonValueKind.String) id = i.GetString();
                    if (string.IsNullOrEmpty(topic) && document.RootElement.TryGetProperty("reply_to", out var r)
                        && r.ValueKind == JsonValueKind.String) topic = r.GetString();
                }
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // a cancel needs no payload when its properties say it all
            }
        }
        if (string.IsNullOrEmpty(topic) || !Topics.IsReplyTopic(topic, options.ReplyPrefixes)) return null;
        return message.Correlation.IsEmpty && string.IsNullOrEmpty(id) ? null : new ReplyAddress(topic, message.Correlation, id);
    }
}
