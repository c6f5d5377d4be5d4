using EdgeAgent.Knowledge.Grounding;
using EdgeAgent.Serving;

namespace EdgeAgent.Queries;

/// <summary>A terminal reply: exactly one of an answer and an error.</summary>
internal sealed record QueryReply(Answer? Answer, QueryError? Error)
{
    /// <summary>The reply's label in metrics: a finish reason or an error code.</summary>
    public string Outcome => Answer?.FinishReason ?? Error!.Code;

    public static implicit operator QueryReply(Answer answer) => new(answer, null);

    public static implicit operator QueryReply(QueryError error) => new(null, error);
}

/// <summary>A streamed piece of an answer.</summary>
/// <param name="Sequence">0, 1, 2, ... over text and reasoning together.</param>
/// <param name="Created">Unix seconds.</param>
internal readonly record struct AnswerPiece(string AnswerId, string Model, long Created, string Text, int Sequence, bool IsReasoning);

/// <summary>A finished answer and what the reply's <c>agent</c> object says of it.</summary>
internal sealed record Answer(string AnswerId, string Text, string FinishReason)
{
    public required string Model { get; init; }

    /// <summary>The think block, where the asker wanted to see it.</summary>
    public string? Reasoning { get; init; }

    /// <summary>Tools that the student wants to be called.</summary>
    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];

    /// <summary>
    /// Tokens as the student wrote them, with placeholders; null where they were not asked for, or where privacy hid a part of the text.
    /// </summary>
    public IReadOnlyList<TokenProbability>? Logprobs { get; init; }

    /// <summary>Unix seconds.</summary>
    public long Created { get; init; }

    /// <summary>How many entities of each type were taken out of the question.</summary>
    public IReadOnlyDictionary<string, int> Desensitized { get; init; } = new Dictionary<string, int>();

    /// <summary>Release of the student that answered; null where none did.</summary>
    public long? Release { get; init; }

    /// <summary>Joules the answer took; null where the board has no power rails.</summary>
    public double? Joules { get; init; }

    /// <summary>Whether the student on trial answered; null while no trial runs.</summary>
    public bool? IsTrial { get; init; }

    /// <summary>One of <see cref="AnswerSources"/>.</summary>
    public string Source { get; init; } = AnswerSources.Model;

    /// <summary>Thermal level, L0..L4.</summary>
    public string Level { get; init; } = "L0";

    /// <summary>Whether heat ended it early.</summary>
    public bool IsDegraded { get; init; }

    /// <summary>Id of the stored answer, by which it can be corrected or purged.</summary>
    public string? CacheId { get; init; }

    public double? CachedAgeSeconds { get; init; }

    /// <summary>Similarity of the question to a stored answer's phrasing, 0..1.</summary>
    public double? Score { get; init; }

    /// <summary>What the answer rests on, where documents were asked; without citations they do not say.</summary>
    public GroundedAnswer? Grounds { get; init; }

    /// <summary>Version of the library that was asked; null where none was.</summary>
    public string? Library { get; init; }

    /// <summary>Milliseconds from arrival to the first piece.</summary>
    public double? TtftMilliseconds { get; init; }

    public double TotalMilliseconds { get; init; }
    public long PromptTokens { get; init; }
    public long Tokens { get; init; }
}

/// <summary>Where an answer comes from.</summary>
internal static class AnswerSources
{
    public const string Model = "model", Cache = "cache", Curated = "curated", Fallback = "fallback", Document = "document";
}
