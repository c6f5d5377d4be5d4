namespace EdgeAgent.Inference.Engine;

/// <summary>Bounds of the engine.</summary>
internal sealed record EngineOptions
{
    /// <summary>Prompt and answer tokens one step may run while answers are decoded, 1..8192. Decoding rows come first.</summary>
    public int TokenBudget { get; init; } = 160;

    /// <summary>Requests that may wait for a row, 0..10,000; one more is refused.</summary>
    public int MaxWaiting { get; init; } = 4096;

    /// <summary>Bytes of the prompts that may wait for a row; a request that would exceed it is refused.</summary>
    public long MaxWaitingBytes { get; init; } = 32L << 20;

    /// <summary>Requests of one client that may wait or run; one more is refused. 0: no bound of its own.</summary>
    public int MaxPerClient { get; init; } = 512;

    /// <summary>Share of the tokens that safety requests may take while others wait, 0..1.</summary>
    public double SafetyShare { get; init; } = 0.5;

    /// <summary>Whether prefill keeps to chunks that cost the running answers at most a step; off for measurements of throughput.</summary>
    public bool IsPaced { get; init; } = true;

    /// <summary>Bytes of computed prompt prefixes that are kept; 0 keeps none.</summary>
    public long PrefixBytes { get; init; } = 256L << 20;

    /// <summary>Bytes a waiting request is counted with: its ids, and what is kept around them.</summary>
    public static long WaitingBytes(int promptTokens) => sizeof(int) * (long)promptTokens + 2048;
}

/// <summary>The engine's load at one moment.</summary>
/// <param name="Rows">Rows of the decoder.</param>
/// <param name="Active">Rows in use.</param>
/// <param name="Waiting">Requests without a row.</param>
/// <param name="QueuedPrefill">Prompt tokens not yet run.</param>
/// <param name="StepSeconds">Seconds of one decode step with the rows in use; 0 before the first measurement.</param>
internal sealed record EngineLoad(int Rows, int Active, int Waiting, long QueuedPrefill, double StepSeconds);

/// <summary>How long the steps have taken since the start.</summary>
/// <param name="Steps">Number of steps.</param>
/// <param name="Seconds">Seconds of all steps.</param>
/// <param name="DecoderSeconds">Seconds of them inside the decoder; the rest is sampling, bookkeeping and the prefix cache.</param>
internal readonly record struct StepTimes(long Steps, double Seconds, double DecoderSeconds)
{
    /// <summary>Share of the steps' time outside the decoder, 0..1.</summary>
    public double OverheadShare => Seconds > 0 ? Math.Max(0, 1 - DecoderSeconds / Seconds) : 0;

    public static StepTimes operator -(StepTimes later, StepTimes earlier) =>
        new(later.Steps - earlier.Steps, later.Seconds - earlier.Seconds, later.DecoderSeconds - earlier.DecoderSeconds);
}

/// <summary>The engine refuses a request at present.</summary>
internal sealed class EngineBusyException(TimeSpan retryAfter, string reason = EngineBusyException.DeviceBusy)
    : Exception($"{reason}; retry after {retryAfter.TotalSeconds:F1} s")
{
    public const string DeviceBusy = "the device is busy";

    public TimeSpan RetryAfter { get; } = retryAfter;

    /// <summary>For the asker.</summary>
    public string Reason { get; } = reason;
}

/// <summary>The prompt leaves no room in the context for one token of answer.</summary>
internal sealed class PromptTooLongException(int tokens, int limit) : Exception($"the prompt has {tokens} tokens; at most {limit} fit")
{
    public int Tokens { get; } = tokens;
    public int Limit { get; } = limit;
}
