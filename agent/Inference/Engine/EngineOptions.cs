namespace EdgeAgent.Inference.Engine;

/// <summary>Bounds of the engine.</summary>
internal sealed record EngineOptions
{
    /// <summary>Prompt and answer tokens one step may run, 1..8192. Decoding rows come first, the rest feeds prefill.</summary>
    public int TokenBudget { get; init; } = 160;

    /// <summary>Requests that may wait for a row, 0..10,000; one more is refused.</summary>
    public int MaxWaiting { get; init; } = 64;
}

/// <summary>The engine's load at one moment.</summary>
/// <param name="Rows">Rows of the decoder.</param>
/// <param name="Active">Rows in use.</param>
/// <param name="Waiting">Requests without a row.</param>
/// <param name="QueuedPrefill">Prompt tokens not yet run.</param>
/// <param name="PrefillRate">Prompt tokens a second (<see cref="StepEstimate"/>); 0 before the first measurement.</param>
/// <param name="StepSeconds">Seconds of one decode step (<see cref="StepEstimate"/>); 0 before the first.</param>
/// <param name="AnswerTokens">Tokens of an average answer.</param>
internal sealed record EngineLoad(int Rows, int Active, int Waiting, int MaxWaiting, int QueuedPrefill, double PrefillRate,
    double StepSeconds, double AnswerTokens);

/// <summary>The engine refuses a request at present.</summary>
internal sealed class EngineBusyException(TimeSpan retryAfter)
    : Exception($"the queue is full or the deadline cannot be met; retry after {retryAfter.TotalSeconds:F1} s")
{
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>The prompt leaves no room in the context for one token of answer.</summary>
internal sealed class PromptTooLongException(int tokens, int limit) : Exception($"the prompt has {tokens} tokens; at most {limit} fit")
{
    public int Tokens { get; } = tokens;
    public int Limit { get; } = limit;
}
