namespace EdgeAgent.Import.Gguf;

#pragma warning disable CA1707 // the format's own names
/// <summary>Tensor types of GGUF files that can be read. Numbers are the format's.</summary>
public enum GgufType
{
    /// <summary>float32.</summary>
    F32 = 0,

    /// <summary>IEEE half precision.</summary>
    F16 = 1,

    /// <summary>32 values: half-precision scale, 4 bits each.</summary>
    Q4_0 = 2,

    /// <summary>32 values: scale and minimum, 4 bits each.</summary>
    Q4_1 = 3,

    /// <summary>32 values: scale, 5 bits each.</summary>
    Q5_0 = 6,

    /// <summary>32 values: scale and minimum, 5 bits each.</summary>
    Q5_1 = 7,

    /// <summary>32 values: scale, 8 bits each.</summary>
    Q8_0 = 8,

    /// <summary>256 values in 16 sub-blocks: 2 bits each, 4-bit scales and minima.</summary>
    Q2_K = 10,

    /// <summary>256 values in 16 sub-blocks: 3 bits each, 6-bit scales.</summary>
    Q3_K = 11,

    /// <summary>256 values in 8 sub-blocks: 4 bits each, 6-bit scales and minima.</summary>
    Q4_K = 12,

    /// <summary>256 values in 8 sub-blocks: 5 bits each, 6-bit scales and minima.</summary>
    Q5_K = 13,

    /// <summary>256 values in 16 sub-blocks: 6 bits each, 8-bit scales.</summary>
    Q6_K = 14,

    /// <summary>bfloat16.</summary>
    BF16 = 30,
}
#pragma warning restore CA1707

/// <summary>Block sizes of the types: elements and bytes of one block.</summary>
internal static class GgufTypes
{
    public static (int Elements, int Bytes) Block(GgufType type) => type switch
    {
        GgufType.F32 => (1, 4),
        GgufType.F16 or GgufType.BF16 => (1, 2),
        GgufType.Q4_0 => (32, 18),
        GgufType.Q4_1 => (32, 20),
        GgufType.Q5_0 => (32, 22),
        GgufType.Q5_1 => (32, 24),
        GgufType.Q8_0 => (32, 34),
        GgufType.Q2_K => (256, 84),
        GgufType.Q3_K => (256, 110),
        GgufType.Q4_K => (256, 144),
        GgufType.Q5_K => (256, 176),
        GgufType.Q6_K => (256, 210),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}
