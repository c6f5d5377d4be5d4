namespace EdgeAgent.Bundles;

/// <summary>
/// Rotary scaling for longer contexts: linear (Chen et al. 2023), llama3 (Meta 2024) or yarn (Peng et al. 2023), with the names
/// of Hugging Face configurations.
/// </summary>
internal sealed record RopeScaling
{
    public const string Linear = "linear", Llama3 = "llama3", Yarn = "yarn", Divisors = "divisors";

    public required string Type { get; init; }

    /// <summary>Context extension, 1..1024.</summary>
    public required float Factor { get; init; }

    /// <summary>Context the model was first trained with (llama3, yarn).</summary>
    public int OriginalContext { get; init; }

    public float LowFrequencyFactor { get; init; } = 1;
    public float HighFrequencyFactor { get; init; } = 4;
    public float BetaFast { get; init; } = 32;
    public float BetaSlow { get; init; } = 1;

    /// <summary>Factor on cos and sin (yarn); null for 0.1 ln(Factor) + 1.</summary>
    public float? AttentionFactor { get; init; }

    /// <summary>Divisor of each pair's frequency, [head_size / 2] (divisors: GGUF's rope_freqs).</summary>
    public IReadOnlyList<float>? FrequencyDivisors { get; init; }

    /// <summary>The first invalid value: what was expected and what was found; null when all are valid.</summary>
    public (string Expected, string Found)? Problem()
    {
        if (Type is not (Linear or Llama3 or Yarn or Divisors))
            return ($"rope scaling of {Linear}, {Llama3}, {Yarn}, {Divisors}", $"'{Type}'");
        if (Type == Divisors)
            return FrequencyDivisors is { Count: > 0 } && FrequencyDivisors.All(d => d is > 0 and < 1e6f)
                ? null : ("frequency_divisors above 0 and below 1e6", "none, or others");
        if (!(Factor is >= 1 and <= 1024)) return ("a rope factor in 1..1024", $"{Factor}");
        if (Type != Linear && OriginalContext < 1) return ($"the original context for rope scaling '{Type}'", $"{OriginalContext}");
        return Type == Llama3 && !(HighFrequencyFactor > LowFrequencyFactor)
            ? ("a high frequency factor above the low one", $"{HighFrequencyFactor} and {LowFrequencyFactor}") : null;
    }
}
