namespace EdgeAgent.Inference.Engine;

/// <summary>
/// How a step is shared: every decoding row first, then prefill in chunks, which may cost the running answers about one step's time. Pure.
/// </summary>
internal static class StepPlanner
{
    /// <summary>Prompt tokens a step may run after decoding: one chunk when nothing decodes, else what the budget leaves.</summary>
    public static int PrefillBudget(int tokenBudget, int decoding, int maxChunk) =>
        decoding == 0 ? maxChunk : Math.Max(0, tokenBudget - decoding);

    /// <summary>
    /// Seconds of prefill a step may add: as long as the step itself, so that running answers keep half their pace at least; one step more
    /// for each request that waits, since a full queue is served sooner in full chunks; and more for a prompt that would otherwise not be
    /// read by half of its time.
    /// </summary>
    /// <param name="step">Seconds of the decode step.</param>
    /// <param name="waiting">Requests without a row.</param>
    /// <param name="prompt">Seconds the rest of the prompt takes in full chunks.</param>
    /// <param name="left">Seconds until its deadline; null without one.</param>
    public static double PrefillSeconds(double step, int waiting, double prompt, double? left)
    {
        var pace = step * (1 + waiting);
        if (left is not { } limit) return pace;
        var share = prompt / Math.Max(limit / 2, 1e-9); // of the time until then that prefill needs
        return share >= 1 ? double.PositiveInfinity : Math.Max(pace, step * share / (1 - share));
    }

    /// <summary>Tokens of the next chunk; 0 when the budget is spent.</summary>
    public static int NextChunk(int remainingPrompt, int maxChunk, int budget) =>
        Math.Max(0, Math.Min(remainingPrompt, Math.Min(maxChunk, budget)));
}

/// <summary>What the prefill of one step may take.</summary>
/// <param name="Seconds">Seconds in this step.</param>
/// <param name="Cost">Seconds of a chunk by its tokens; null: no matter.</param>
internal readonly record struct PrefillPace(double Seconds, CostCurve? Cost)
{
    /// <summary>Chunks as large as they may be.</summary>
    public static readonly PrefillPace Free = new(double.PositiveInfinity, null);

    /// <summary>Tokens of a chunk that fits into what is left of the time, 0..limit.</summary>
    /// <param name="spent">Seconds of it that this step has used.</param>
    /// <param name="isFirst">Whether it is the step's first chunk, which has one token at least: every prompt goes on.</param>
    public int Tokens(double spent, int limit, bool isFirst)
    {
        if (Cost is null || limit == 0) return limit;
        return !isFirst && Cost.Seconds(1) > Seconds - spent ? 0 : Cost.LargestWithin(Seconds - spent, limit);
    }
}
