namespace EdgeAgent.Models.Gguf;

#pragma warning disable CA1707 // the format's own names
/// <summary>Tensor types of GGUF files that can be read, with the format's numbers.</summary>
public enum GgufType { F32 = 0, F16 = 1, Q4_0 = 2, Q4_1 = 3, Q5_0 = 6, Q5_1 = 7, Q8_0 = 8, Q2_K = 10, Q3_K = 11, Q4_K = 12, Q5_K = 13, Q6_K = 14, BF16 = 30 }
#pragma warning restore CA1707

/// <summary>Block sizes of the types: elements and bytes of one block.</summary>
public static class GgufTypes
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
