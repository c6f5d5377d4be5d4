using System.Text.Json;
using EdgeAgent.Serving;
using static EdgeAgent.Queries.Fields;

namespace EdgeAgent.Queries;

/// <summary>
/// Reads queries: OpenAI chat-completions JSON, or plain text. Pure. Unknown fields are ignored, as OpenAI-compatible servers do;
/// known fields of the wrong type are errors that name the field, its range and its type, and so are known fields that ask for what
/// the device does not do: an answer that ignores them would be a wrong one.
/// </summary>
internal static class QueryParser
{
    private const int MaxConversationLength = 128;
    private static readonly string[] Efforts = ["none", "low", "medium", "high"];

    /// <summary>Reads the query in a payload.</summary>
    /// <param name="stream">Whether the transport asked for pieces (true where it said nothing); the JSON field overrides it.</param>
    /// <param name="model">Name of the student that serves; a query that names another one is refused.</param>
    /// <returns>Exactly one of query and error.</returns>
    public static (Query? Query, QueryError? Error) Parse(QueryPayload payload, bool? stream, QueryOptions options, string model)
    {
        if (payload.Error is { } unreadable) return (null, unreadable);
        if (payload.PlainText is { } text)
            return string.IsNullOrWhiteSpace(text)
                ? (null, Invalid("the question is empty"))
                : (new Query([new QueryMessage("user", text)]) { MaxTokens = options.DefaultTokens, Stream = stream ?? true }, null);
        try
        {
            var root = payload.Json!.Value;
            if (Text(root, "model") is { Length: > 0 } asked && asked != model)
                throw new FieldException($"unknown model '{(asked.Length <= 64 ? asked : asked[..64])}'; this device serves '{model}'");
            return (Read(root, stream ?? true, options), null);
        }
        catch (Exception e) when (ErrorOf(e) is { } problem)
        {
            return (null, problem);
        }
    }

    /// <summary>What a field is refused for; an escape that spells a lone surrogate is no Unicode.</summary>
    public static QueryError? ErrorOf(Exception e) => e switch
    {
        FieldException => Invalid(e.Message),
        InvalidOperationException => Invalid("a name or text is not valid Unicode"),
        _ => null,
    };

    private static Query Read(JsonElement root, bool streams, QueryOptions options)
    {
        if (Has(root, "n", out _)) Whole(root, "n", 1, 1, 1);
        var query = new Query(MessageFields.Read(root, options))
        {
            HasTokenLimit = Has(root, "max_completion_tokens", out _) || Has(root, "max_tokens", out _),
            MaxTokens = (int)Whole(root, Has(root, "max_completion_tokens", out _) ? "max_completion_tokens" : "max_tokens", 1,
                options.MaxTokens, options.DefaultTokens),
            Temperature = (float)Number(root, "temperature", 0, 2, 0),
            TopP = (float)Number(root, "top_p", 1e-6, 1, 1),
            TopK = (int)Whole(root, "top_k", 0, 1_000_000, 0),
            MinP = (float)Number(root, "min_p", 0, 0.999999, 0),
            RepetitionPenalty = (float)Number(root, "repetition_penalty", 1, 2, 1),
            Seed = Has(root, "seed", out _) ? Whole(root, "seed", long.MinValue, long.MaxValue, 0) : null,
            Stream = Has(root, "stream", out var stream) ? Flag(stream, "stream") : streams,
            Stop = Stops(root),
            ReasoningEffort = Effort(root),
            Conversation = Text(root, "conversation"),
            IsSafety = IsSafety(root),
            IncludeReasoning = Has(root, "include_reasoning", out var include) && Flag(include, "include_reasoning"),
            Format = FormatFields.Read(root),
        };
        Text(root, "user");
        if (query.Conversation is { Length: 0 or > MaxConversationLength })
            throw new FieldException($"conversation must have 1..{MaxConversationLength} characters, found {query.Conversation.Length}");
        if (query.Format.IsGiven && query.Stop.Count > 0)
            throw new FieldException("stop cannot be used with a format: an answer that ends at a stop string would not have it");
        return query;
    }

    private static string Effort(JsonElement root) => Text(root, "reasoning_effort") switch
    {
        null => "none",
        { } effort when Array.IndexOf(Efforts, effort) >= 0 => effort,
        _ => throw new FieldException($"reasoning_effort must be one of {string.Join(", ", Efforts)}"),
    };

    private static bool IsSafety(JsonElement root) => Text(root, "priority") switch
    {
        null or "normal" => false,
        "safety" => true,
        _ => throw new FieldException("priority must be normal or safety"),
    };

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

    private static QueryError Invalid(string message) => new(ErrorCodes.InvalidRequest, message);
}
