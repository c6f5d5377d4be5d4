namespace EdgeAgent.Import.Calibration;

/// <summary>A calibration text as windows of token ids; each window is a sequence of its own.</summary>
/// <param name="Used">Windows to calibrate on; at least one.</param>
/// <param name="HeldBack">Windows of the same text, to measure on.</param>
/// <param name="Text">Where the text comes from: "the student wrote", or "of FILE".</param>
internal sealed record CalibrationWindows(IReadOnlyList<int[]> Used, IReadOnlyList<int[]> HeldBack, string Text)
{
    /// <summary>
    /// Tokens of a window: as long as most answers with their questions, and short enough for several of them to fit the memory.
    /// </summary>
    public const int Length = 512;

    /// <summary>
    /// Tokens to calibrate on unless the user chooses: time grows with them. SmolLM2 135M at block 128 has 1.10 times the perplexity
    /// of full precision with this many of its own.
    /// </summary>
    public const int DefaultTokens = 32 * Length;

    /// <summary>Tokens held back: enough for a perplexity within a few percent.</summary>
    public const int HeldBackTokens = 4 * Length;

    /// <summary>Largest residual stream, elements of float32. It is held twice: 256 MB each.</summary>
    private const long MaxStateElements = 1 << 26;

    /// <summary>Windows of <paramref name="tokens"/> tokens in all, as many as the residual stream may have; at least one.</summary>
    public static int Count(int tokens, int window, int hidden) =>
        (int)Math.Max(1, Math.Min((tokens + window - 1) / window, MaxStateElements / window / hidden));
}
