namespace EdgeAgent.Models;

/// <summary>
/// Sizes of a Llama-architecture decoder (Touvron et al. 2023): RMSNorm, rotary positions (half-split layout), grouped-query
/// attention, SwiGLU, no biases.
/// </summary>
public sealed record Architecture
{
    public const string Llama = "llama";

    /// <summary>The family; <c>llama</c> is the one supported.</summary>
    public string Type { get; init; } = Llama;

    /// <summary>Token ids the embedding and the head cover, 1..1,000,000.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Width of the residual stream, 8..32,768.</summary>
    public required int Hidden { get; init; }

    /// <summary>Decoder blocks, 1..256.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads, 1..512; a multiple of <see cref="KvHeads"/>.</summary>
    public required int Heads { get; init; }

    public required int KvHeads { get; init; }

    /// <summary>Elements of one head, 4..512, even. Not always Hidden / Heads.</summary>
    public required int HeadSize { get; init; }

    public required int FeedForward { get; init; }

    /// <summary>Tokens one row may hold, prompt and answer together, 8..1,048,576.</summary>
    public required int Context { get; init; }

    public required float RmsEpsilon { get; init; }

    public required float RopeTheta { get; init; }

    /// <summary>Width of the fused query, key and value projection.</summary>
    public int QkvSize => (Heads + 2 * KvHeads) * HeadSize;

    /// <summary>What is wrong with the sizes: (expected, found), or null.</summary>
    public (string Expected, string Found)? Problem()
    {
        if (Type != Llama) return ($"architecture type '{Llama}'", $"'{Type}'");
        (string Name, long Value, long Min, long Max)[] ranges =
        [
            ("vocabulary", Vocabulary, 1, 1_000_000), ("hidden", Hidden, 8, 32_768), ("layers", Layers, 1, 256), ("heads", Heads, 1, 512),
            ("kv_heads", KvHeads, 1, 512), ("head_size", HeadSize, 4, 512), ("feed_forward", FeedForward, 8, 262_144), ("context", Context, 8, 1_048_576),
        ];
        foreach (var (name, value, min, max) in ranges)
            if (value < min || value > max) return ($"{name} in {min}..{max}", $"{value}");
        if (Heads % KvHeads != 0) return ("heads to be a multiple of kv_heads", $"{Heads} and {KvHeads}");
        if (HeadSize % 2 != 0) return ("an even head_size", $"{HeadSize}");
        if (!(RmsEpsilon is > 0 and < 1)) return ("rms_epsilon in 0..1", $"{RmsEpsilon}");
        if (!(RopeTheta is > 1 and < 1e12f)) return ("rope_theta in 1..1e12", $"{RopeTheta}");
        return null;
    }
}
