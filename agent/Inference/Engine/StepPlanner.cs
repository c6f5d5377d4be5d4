namespace EdgeAgent.Inference.Engine;

/// <summary>How a step's token budget is shared: every decoding row first, what is left feeds prefill in chunks.</summary>
internal static class StepPlanner
{
    /// <summary>
    /// Prompt tokens left in the budget after decoding. At least one when nothing decodes, so that prefill never starves.
    /// </summary>
    public static int PrefillBudget(int tokenBudget, int decoding) => Math.Max(decoding == 0 ? 1 : 0, tokenBudget - decoding);

    /// <summary>Tokens of the next chunk; 0 when the budget is spent.</summary>
    public static int NextChunk(int remainingPrompt, int maxChunk, int budget) =>
        Math.Max(0, Math.Min(remainingPrompt, Math.Min(maxChunk, budget)));
}
