
namespace EdgeAgent.Queries;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">system, user, assistant or tool.</param>
internal sealed record QueryMessage(string Role, string Content);

/// <summary>A valid query: what was asked and how the answer is to be sampled. Knows nothing of transports.</summary>
internal sealed record Query(IReadOnlyList<QueryMessage> Messages)
{
    /// <summary>Answer tokens, 1..<see cref="QueryOptions.MaxTokens"/>.</summary>
    public int MaxTokens { get; init; }

    /// <summary>Whether the asker gave <see cref="MaxTokens"/>; otherwise it is the device's own bound on the student.</summary>
    public bool HasTokenLimit { get; init; }

    /// <summary>0..2; 0 is greedy.</summary>
    public float Temperature { get; init; }

    /// <summary>Above 0, at most 1.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>0 keeps every token.</summary>
    public int TopK { get; init; }

    /// <summary>0..1, exclusive.</summary>
    public float MinP { get; init; }

    /// <summary>1..2; 1 changes nothing.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    public long? Seed { get; init; }
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Whether the asker wants pieces as they are generated.</summary>
    public bool Stream { get; init; } = true;

    /// <summary>How many tokens a reasoning student may spend on its think block: none, low, medium or high.</summary>
    public string ReasoningEffort { get; init; } = "none";

    /// <summary>Queries of one asker with the same conversation share their placeholders.</summary>
    public string? Conversation { get; init; }

    /// <summary>Whether it goes before all other queries that wait.</summary>
    public bool IsSafety { get; init; }

    /// <summary>Whether the asker wants to see the think block.</summary>
    public bool IncludeReasoning { get; init; }

    public QueryFormat Format { get; init; } = QueryFormat.Free;

    /// <summary>Whether the next asker of the same question would get the same answer: one question alone, decoded greedily.</summary>
    public bool IsPlain => Messages is [{ Role: "user" }] && Temperature == 0 && RepetitionPenalty == 1 && Stop.Count == 0
        && Conversation is null && ReasoningEffort == "none" && !Format.NeedsStudent;
}
