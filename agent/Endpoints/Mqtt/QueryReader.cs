using System.Text.Json;
using EdgeAgent.Mqtt;
using EdgeAgent.Queries;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>
/// A message on a query topic: a query or an error, and where its reply goes. Without an address the message is dropped, and
/// <paramref name="DropReason"/> says why in one of a fixed set of words.
/// </summary>
internal readonly record struct ReceivedQuery(Query? Query, QueryError? Error, ReplyAddress? ReplyTo, string? DropReason);

/// <summary>
/// Reads queries and cancels from MQTT messages. Response topic and correlation data come from the MQTT 5 properties, or from
/// <c>reply_to</c> and <c>id</c> in the JSON (3.1.1 clients). Pure.
/// </summary>
internal static class QueryReader
{
    private const int MaxIdLength = 128, MaxCorrelationBytes = 128, MaxCancelBytes = 4096, MaxCancelDepth = 4;

    /// <param name="model">Name of the student that serves.</param>
    public static ReceivedQuery Read(InboundMessage message, QueryOptions options, string model)
    {
        var hasTopic = message.ResponseTopic is { Length: > 0 };
        if (hasTopic && !Topics.IsReplyTopic(message.ResponseTopic!, options.ReplyPrefixes)) return Drop("reply_topic_forbidden");
        var address = hasTopic ? new ReplyAddress(message.ResponseTopic!, message.Correlation, null) : null;
        using var payload = QueryPayload.Read(message.Payload, message.ContentType, options);
        if (payload.Error is { } unreadable) return Fail(address, unreadable);
        if (payload.Json is not null)
        {
            var id = payload.Text("id", out var error);
            if (error is not null) return Fail(address, error);
            if (address is null)
            {
                var replyTo = payload.Text("reply_to", out error);
                if (error is not null || string.IsNullOrEmpty(replyTo)) return Drop("no_reply_topic");
                if (!Topics.IsReplyTopic(replyTo, options.ReplyPrefixes)) return Drop("reply_topic_forbidden");
                address = new ReplyAddress(replyTo, message.Correlation, id);
            }
            else
            {
                address = address with { RequestId = id };
            }
        }
        if (address is null) return Drop("no_reply_topic");
        if (CheckAddress(address) is { } problem) return Fail(address, problem);
        var (query, invalid) = QueryParser.Parse(payload, message.Stream, options, model);
        if (query is { IsSafety: true } && !options.SafetyPrefixes.Any(p => address.Topic.StartsWith(p, StringComparison.Ordinal)))
            return Fail(address, new QueryError(ErrorCodes.Forbidden, "priority safety is not allowed for this reply topic"));
        return new ReceivedQuery(query, invalid, address, null);
    }

    /// <summary>
    /// Reads a cancel: the query's own response topic and correlation data (MQTT 5), or <c>{"reply_to","id"}</c>. Only a client that
    /// knows both can cancel a query. Null where it names no query.
    /// </summary>
    public static ReplyAddress? ReadCancel(InboundMessage message, QueryOptions options)
    {
        var (topic, id) = (message.ResponseTopic, default(string));
        if (message.Payload.Length is > 0 and <= MaxCancelBytes)
        {
            try
            {
                using var document = JsonDocument.Parse(message.Payload, new JsonDocumentOptions { MaxDepth = MaxCancelDepth });
                if (document.RootElement.ValueKind == JsonValueKind.Object)
                {
                    id = Fields.Text(document.RootElement, "id");
                    if (string.IsNullOrEmpty(topic)) topic = Fields.Text(document.RootElement, "reply_to");
                }
            }
            catch (Exception e) when (e is JsonException || QueryParser.ErrorOf(e) is not null)
            {
                // a cancel needs no payload where its properties say it all
            }
        }
        if (string.IsNullOrEmpty(topic) || !Topics.IsReplyTopic(topic, options.ReplyPrefixes)) return null;
        return message.Correlation.IsEmpty && string.IsNullOrEmpty(id) ? null : new ReplyAddress(topic, message.Correlation, id);
    }

    private static QueryError? CheckAddress(ReplyAddress address)
    {
        if (address.Correlation.Length > MaxCorrelationBytes)
            return Invalid($"correlation data may have {MaxCorrelationBytes} bytes, found {address.Correlation.Length}");
        if (address.RequestId is { Length: > MaxIdLength })
            return Invalid($"id may have {MaxIdLength} characters, found {address.RequestId.Length}");
        return address.Correlation.IsEmpty && string.IsNullOrEmpty(address.RequestId)
            ? Invalid("correlation data (MQTT 5) or id (JSON) is missing") : null;
    }

    private static ReceivedQuery Drop(string reason) => new(null, null, null, reason);

    private static ReceivedQuery Fail(ReplyAddress? address, QueryError error) =>
        address is null ? Drop("no_reply_topic") : new ReceivedQuery(null, error, address, null);

    private static QueryError Invalid(string message) => new(ErrorCodes.InvalidRequest, message);
}
