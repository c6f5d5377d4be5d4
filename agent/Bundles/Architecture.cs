namespace EdgeAgent.Bundles;

/// <summary>
/// Sizes of a decoder: RMSNorm, rotary positions (half-split layout), grouped-query attention, SwiGLU. Llama (Touvron et al.
/// 2023) has neither biases nor head norms, Qwen2 has biases on query, key and value, Qwen3 norms on every query and key head.
/// </summary>
internal sealed record Architecture
{
    public const string Llama = "llama", Qwen2 = "qwen2", Qwen3 = "qwen3";

    /// <summary>Families with a graph.</summary>
    public static readonly IReadOnlyList<string> Types = [Llama, Qwen2, Qwen3];

    /// <summary>One of <see cref="Types"/>.</summary>
    public string Type { get; init; } = Llama;

    /// <summary>Token ids the embedding and the head cover, 1..1,000,000.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Width of the residual stream, 8..32,768.</summary>
    public required int Hidden { get; init; }

    /// <summary>Decoder blocks, 1..256.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads, 1..512; a multiple of <see cref="KvHeads"/>.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads, 1..512.</summary>
    public required int KvHeads { get; init; }

    /// <summary>Elements of one head, 4..512, even. Not always Hidden / Heads.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Width of the feed-forward network, 8..262,144.</summary>
    public required int FeedForward { get; init; }

    /// <summary>Tokens one row may hold, prompt and answer together, 8..1,048,576.</summary>
    public required int Context { get; init; }

    /// <summary>Added to the mean square in norms, 0..1.</summary>
    public required float RmsEpsilon { get; init; }

    /// <summary>Base of the rotary frequencies, 1..1e12.</summary>
    public required float RopeTheta { get; init; }

    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Whether query, key and value have biases (Qwen2).</summary>
    public bool QkvBias => Type == Qwen2;

    /// <summary>Whether every query and key head is normed before its rotation (Qwen3).</summary>
    public bool HeadNorms => Type == Qwen3;

    /// <summary>Width of the fused query, key and value projection.</summary>
    public int QkvSize => (Heads + 2 * KvHeads) * HeadSize;

    /// <summary>The first invalid size: what was expected and what was found; null when all are valid.</summary>
    public (string Expected, string Found)? Problem()
    {
        if (!Types.Contains(Type)) return ($"an architecture of {string.Join(", ", Types)}", $"'{Type}'");
        (string Name, long Value, long Min, long Max)[] ranges =
        [
            ("vocabulary", Vocabulary, 1, 1_000_000), ("hidden", Hidden, 8, 32_768), ("layers", Layers, 1, 256), ("heads", Heads, 1, 512),
            ("kv_heads", KvHeads, 1, 512), ("head_size", HeadSize, 4, 512), ("feed_forward", FeedForward, 8, 262_144),
            ("context", Context, 8, 1_048_576),
        ];
        foreach (var (name, value, min, max) in ranges)
            if (value < min || value > max) return ($"{name} in {min}..{max}", $"{value}");
        if (Heads % KvHeads != 0) return ("heads to be a multiple of kv_heads", $"{Heads} and {KvHeads}");
        if (HeadSize % 2 != 0) return ("an even head_size", $"{HeadSize}");
        if (!(RmsEpsilon is > 0 and < 1)) return ("rms_epsilon in 0..1", $"{RmsEpsilon}");
        if (!(RopeTheta is > 1 and < 1e12f)) return ("rope_theta in 1..1e12", $"{RopeTheta}");
        if (RopeScaling is { Type: RopeScaling.Divisors, FrequencyDivisors: { } divisors } && divisors.Count != HeadSize / 2)
            return ($"{HeadSize / 2} frequency_divisors", $"{divisors.Count}");
        return RopeScaling?.Problem();
    }
}
