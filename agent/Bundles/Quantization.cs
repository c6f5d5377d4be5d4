namespace EdgeAgent.Bundles;

/// <summary>
/// How the linears of a bundle are stored: by method <c>none</c> (float32), <c>rtn</c> (INT4, round to nearest), <c>gptq</c>
/// (INT4, calibrated) or <c>keep</c> (the source's own 4-bit grid).
/// </summary>
internal sealed record Quantization
{
    public const string None = "none", RoundToNearest = "rtn", Gptq = "gptq", Keep = "keep";

    /// <summary>Bits of the head unless the user chooses: its errors go straight into the choice of every token.</summary>
    public const int DefaultHeadBits = 8;

    /// <summary>Tokens of calibration text (gptq).</summary>
    public int CalibrationTokens { get; init; }

    public string Method { get; init; } = None;

    /// <summary>Bits of a weight: 32 or 4.</summary>
    public int Bits { get; init; } = 32;

    /// <summary>Bits of the head's weights, and of the embedding's where both are one table: 8 or 4; 0 where the method decides.</summary>
    public int HeadBits { get; init; }

    /// <summary>Largest block along K, inputs: 32, 64 or 128; 0 for float32.</summary>
    public int Block { get; init; }
}
