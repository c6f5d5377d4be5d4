using EdgeAgent.Inference.ChatTemplates;

namespace EdgeAgent.Queries;

/// <summary>Error codes of replies.</summary>
internal static class ErrorCodes
{
    public const string InvalidRequest = "invalid_request", Overloaded = "overloaded", Expired = "expired", TooLong = "too_long",
        Unavailable = "unavailable", Forbidden = "forbidden";
}

/// <summary>Why a query gets no answer. The message is for the asker and never holds question text.</summary>
internal sealed record QueryError(string Code, string Message, double? RetryAfterSeconds = null);

/// <summary>Where a query's replies go. Two queries are the same when this is the same: the reply topic is the client's own.</summary>
internal sealed record ReplyAddress(string Topic, ReadOnlyMemory<byte> Correlation, string? RequestId)
{
    /// <summary>Identity of a query: reply topic, and correlation data or id.</summary>
    public string Key => $"{Topic}\n{(Correlation.IsEmpty ? "id:" + RequestId : Convert.ToHexString(Correlation.Span))}";
}

/// <summary>A valid query.</summary>
internal sealed record Query(ReplyAddress ReplyTo, IReadOnlyList<ChatTurn> Messages)
{
    public int MaxTokens { get; init; }
    public float Temperature { get; init; }
    public float TopP { get; init; } = 1;
    public int TopK { get; init; }
    public float MinP { get; init; }
    public float RepetitionPenalty { get; init; } = 1;
    public long? Seed { get; init; }
    public IReadOnlyList<string> Stop { get; init; } = [];
    public bool Stream { get; init; } = true;

    /// <summary>How much a reasoning student may think: none, low, medium or high.</summary>
    public string ReasoningEffort { get; init; } = "none";

    /// <summary>Queries of one asker with the same name share their placeholders.</summary>
    public string? Conversation { get; init; }

    /// <summary>Whether the asker wants to see what the student thought.</summary>
    public bool IncludeReasoning { get; init; }
}
