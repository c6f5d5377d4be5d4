using System.Text;
using System.Text.Json;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Mqtt;
using EdgeAgent.Serving;

namespace EdgeAgent.Queries;

/// <summary>What became of a message: a query, or an error, and where to send it. No address: the message is dropped and counted.</summary>
internal readonly record struct ParsedQuery(Query? Query, QueryError? Error, ReplyAddress? ReplyTo, string? DropReason);

/// <summary>
/// Reads query payloads: OpenAI chat-completions JSON, or plain text. Pure. Bounded before parsing: payload size, JSON depth,
/// number of messages. Unknown fields are ignored, as OpenAI-compatible servers do; known fields of the wrong type are errors.
/// </summary>
internal static class QueryParser
{
    private const int MaxDepth = 16, MaxIdLength = 128, MaxCorrelationBytes = 128, MaxConversationLength = 128;
    private static readonly string[] Efforts = ["none", "low", "medium", "high"];
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <param name="model">The served student's name; a query that names another is refused.</param>
    public static ParsedQuery Parse(InboundMessage message, QueryOptions options, string model)
    {
        if (message.ResponseTopic is { Length: > 0 } topic && !Topics.IsReplyTopic(topic, options.ReplyPrefixes))
            return Drop("reply_topic_forbidden");
        var address = message.ResponseTopic is { Length: > 0 } ? new ReplyAddress(message.ResponseTopic, message.Correlation, null) : null;
        if (message.Payload.Length > options.MaxPayloadBytes)
            return Fail(address,
                new QueryError(ErrorCodes.TooLong,
                    $"the payload has {message.Payload.Length} bytes; at most {options.MaxPayloadBytes} are taken"));
        string text;
        try
        {
            text = Strict.GetString(message.Payload.Span);
        }
        catch (DecoderFallbackException)
        {
            return Fail(address, Invalid("the payload is not valid UTF-8"));
        }
        return IsPlainText(message.ContentType, text) ? PlainText(message, address, text, options) : Json(message, address, options, model);
    }

    private static bool IsPlainText(string? contentType, string text) => contentType is { Length: > 0 }
        ? contentType.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase)
        : !text.AsSpan().TrimStart().StartsWith("{");

    private static ParsedQuery PlainText(InboundMessage message, ReplyAddress? address, string text, QueryOptions options)
    {
        if (address is null) return Drop("no_reply_topic");
        if (CheckAddress(address) is { } problem) return Fail(address, problem);
        return string.IsNullOrWhiteSpace(text)
            ? Fail(address, Invalid("the question is empty"))
            : new ParsedQuery(new Query(address, [new ChatTurn("user", text)])
            {
                MaxTokens = options.DefaultTokens,
                Stream = message.Stream ?? true
            }, null, address, null);
    }

    private static ParsedQuery Json(InboundMessage message, ReplyAddress? address, QueryOptions options, string model)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(message.Payload, new JsonDocumentOptions { MaxDepth = MaxDepth });
        }
        catch (JsonException e)
        {
            return Fail(address,
                Invalid($"the payload is not JSON of at most {MaxDepth} levels (line {e.LineNumber + 1}, byte {e.BytePositionInLine})"));
        }
        using (document)
        {
            try
            {
                return Object(document.RootElement, message, address, options, model);
            }
            catch (Exception e) when (Problem(e) is { } problem)
            {
                return Fail(address, problem);
            }
        }
    }

    /// <summary>What a field is refused for; names and texts that spell a lone surrogate with an escape are no Unicode.</summary>
    private static QueryError? Problem(Exception e) => e switch
    {
        FieldException => Invalid(e.Message),
        InvalidOperationException => Invalid("a name or text is not valid Unicode"),
        _ => null,
    };

    private static ParsedQuery Object(JsonElement root, InboundMessage message, ReplyAddress? address, QueryOptions options, string model)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new FieldException("the payload must be a JSON object");
        var id = Text(root, "id");
        if (address is null)
        {
            if (Text(root, "reply_to") is not { Length: > 0 } replyTo) return Drop("no_reply_topic");
            if (!Topics.IsReplyTopic(replyTo, options.ReplyPrefixes)) return Drop("reply_topic_forbidden");
            address = new ReplyAddress(replyTo, message.Correlation, id);
        }
        else
        {
            address = address with { RequestId = id };
        }
        if (CheckAddress(address) is { } problem) return Fail(address, problem);
        try
        {
            if (Text(root, "model") is { Length: > 0 } asked && asked != model)
                throw new FieldException($"unknown model '{(asked.Length <= 64 ? asked : asked[..64])}'; this device serves '{model}'");
            return new ParsedQuery(Read(root, message, address, options), null, address, null);
        }
        catch (Exception e) when (Problem(e) is { } unreadable)
        {
            return Fail(address, unreadable);
        }
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

    private static Query Read(JsonElement root, InboundMessage message, ReplyAddress address, QueryOptions options)
    {
        var query = new Query(address, Messages(root, options))
        {
            MaxTokens = (int)Whole(root, root.TryGetProperty("max_completion_tokens", out _) ? "max_completion_tokens" : "max_tokens", 1,
                options.MaxTokens, options.DefaultTokens),
            Temperature = (float)Number(root, "temperature", 0, 2, 0),
            TopP = (float)Number(root, "top_p", 1e-6, 1, 1),
            TopK = (int)Whole(root, "top_k", 0, 1_000_000, 0),
            MinP = (float)Number(root, "min_p", 0, 0.999999, 0),
            RepetitionPenalty = (float)Number(root, "repetition_penalty", 1, 2, 1),
            Seed = Has(root, "seed", out _) ? Whole(root, "seed", long.MinValue, long.MaxValue, 0) : null,
            Stream = Has(root, "stream", out var stream) ? Flag(stream, "stream") : message.Stream ?? true,
            Stop = Stops(root),
            ReasoningEffort = Text(root, "reasoning_effort") is not { } effort
                ? "none"
                : Array.IndexOf(Efforts, effort) >= 0
                ? effort : throw new FieldException($"reasoning_effort must be one of {string.Join(", ", Efforts)}"),
            Conversation = Text(root, "conversation"),
            IncludeReasoning = Has(root, "include_reasoning", out var include) && Flag(include, "include_reasoning"),
        };
        Text(root, "user");
        if (query.Conversation is { Length: 0 or > MaxConversationLength })
            throw new FieldException($"conversation must have 1..{MaxConversationLength} characters, found {query.Conversation.Length}");
        return query;
    }

    private static List<ChatTurn> Messages(JsonElement root, QueryOptions options)
    {
        if (!root.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array)
            throw new FieldException("messages must be an array");
        var count = messages.GetArrayLength();
        if (count == 0 || count > options.MaxMessages)
            throw new FieldException($"messages must have 1..{options.MaxMessages} entries, found {count}");
        var turns = new List<ChatTurn>(count);
        foreach (var message in messages.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object) throw new FieldException($"messages[{turns.Count}] must be an object");
            if (Text(message, "role") is not ("system" or "user" or "assistant"))
                throw new FieldException($"messages[{turns.Count}].role must be system, user or assistant");
            turns.Add(new ChatTurn(Text(message, "role")!, Content(message, turns.Count)));
        }
        if (turns[^1].Role != "user") throw new FieldException("the last message must have the role user");
        if (string.IsNullOrWhiteSpace(turns[^1].Content)) throw new FieldException("the question is empty");
        return turns;
    }

    private static string Content(JsonElement message, int index)
    {
        if (!message.TryGetProperty("content", out var content)) throw new FieldException($"messages[{index}].content is missing");
        if (content.ValueKind == JsonValueKind.String) return content.GetString()!;
        if (content.ValueKind != JsonValueKind.Array)
            throw new FieldException($"messages[{index}].content must be a string or an array of text parts");
        var text = new StringBuilder();
        foreach (var part in content.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object || Text(part, "type") != "text")
                throw new FieldException($"messages[{index}].content may hold parts of type text only");
            text.Append(Text(part, "text"));
        }
        return text.ToString();
    }

    private static List<string> Stops(JsonElement root)
    {
        if (!Has(root, "stop", out var stop)) return [];
        List<JsonElement> items = stop.ValueKind == JsonValueKind.Array
            ? [.. stop.EnumerateArray().Take(StudentContract.MaxStops + 1)] : [stop];
        if (items.Count > StudentContract.MaxStops
            || items.Any(i => i.ValueKind != JsonValueKind.String || i.GetString()!.Length is 0 or > StudentContract.MaxStopLength))
            throw new FieldException(
                $"stop must be a string or up to {StudentContract.MaxStops} strings of 1..{StudentContract.MaxStopLength} characters");
        return [.. items.Select(i => i.GetString()!)];
    }

    private static bool Has(JsonElement root, string name, out JsonElement value) =>
        root.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    private static string? Text(JsonElement root, string name)
    {
        if (!Has(root, name, out var value)) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw new FieldException($"{name} must be a string");
    }

    private static bool Flag(JsonElement value, string name) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean() : throw new FieldException($"{name} must be true or false");

    private static double Number(JsonElement root, string name, double min, double max, double otherwise)
    {
        if (!Has(root, name, out var value)) return otherwise;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= min && number <= max
            ? number : throw new FieldException($"{name} must be a number in {min}..{max}");
    }

    private static long Whole(JsonElement root, string name, long min, long max, long otherwise)
    {
        if (!Has(root, name, out var value)) return otherwise;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= min && number <= max
            ? number : throw new FieldException($"{name} must be a whole number in {min}..{max}");
    }

    private static ParsedQuery Drop(string reason) => new(null, null, null, reason);

    private static ParsedQuery Fail(ReplyAddress? address, QueryError error) =>
        address is null ? Drop("no_reply_topic") : new ParsedQuery(null, error, address, null);

    private static QueryError Invalid(string message) => new(ErrorCodes.InvalidRequest, message);

    private sealed class FieldException(string message) : Exception(message);
}
