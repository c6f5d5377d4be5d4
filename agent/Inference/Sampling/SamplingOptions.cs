namespace EdgeAgent.Inference.Sampling;

/// <summary>How tokens are chosen and when an answer ends.</summary>
internal sealed record SamplingOptions
{
    /// <summary>Maximum tokens of the answer, 1..context.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>0 is greedy; above, logits are divided by it. 0..2.</summary>
    public float Temperature { get; init; }

    /// <summary>Keep the k likeliest tokens; 0 keeps all. 0..vocabulary.</summary>
    public int TopK { get; init; }

    /// <summary>Keep the likeliest tokens whose probabilities reach this sum (Holtzman et al. 2020), 0..1; 1 keeps all.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Drop tokens below this share of the likeliest one's probability, 0..1; 0 keeps all.</summary>
    public float MinP { get; init; }

    /// <summary>Divides positive and multiplies negative logits of tokens already seen (Keskar et al. 2019), 1..2; 1 is off.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Seed of the random draws; the same seed, prompt and student give the same answer in a solo run.</summary>
    public ulong Seed { get; init; }

    /// <summary>The answer ends before the first of these strings; at most <see cref="MaxStops"/>.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Continues after end tokens, for measurements.</summary>
    public bool IgnoreEos { get; init; }

    public const int MaxStops = 8, MaxStopLength = 256;

    /// <summary>The first value out of range, or null.</summary>
    public string? Problem(int context)
    {
        if (MaxTokens < 1 || MaxTokens > context) return $"max_tokens must be 1..{context}, found {MaxTokens}";
        if (!(Temperature is >= 0 and <= 2)) return $"temperature must be 0..2, found {Temperature}";
        if (TopK < 0) return $"top_k must be 0 or more, found {TopK}";
        if (!(TopP is > 0 and <= 1)) return $"top_p must be above 0 and at most 1, found {TopP}";
        if (!(MinP is >= 0 and < 1)) return $"min_p must be 0 or more and below 1, found {MinP}";
        if (!(RepetitionPenalty is >= 1 and <= 2)) return $"repetition_penalty must be 1..2, found {RepetitionPenalty}";
        if (Stop.Count > MaxStops) return $"at most {MaxStops} stop strings, found {Stop.Count}";
        foreach (var stop in Stop)
            if (stop.Length is 0 or > MaxStopLength) return $"stop strings must have 1..{MaxStopLength} characters, found {stop.Length}";
        return null;
    }
}
