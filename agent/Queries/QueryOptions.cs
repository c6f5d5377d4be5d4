namespace EdgeAgent.Queries;

/// <summary>Section <c>Queries</c>: bounds of the road from a message to its answer.</summary>
internal sealed record QueryOptions
{
    public const string Section = "Queries";

    /// <summary>Largest query payload, bytes, 1 KiB..1 MiB. Default 256 KiB.</summary>
    public int MaxPayloadBytes { get; init; } = 256 << 10;

    /// <summary>Seconds a query may take when its message carries no expiry, 1..3600.</summary>
    public double DeadlineSeconds { get; init; } = 30;

    /// <summary>Most answer tokens a query may ask for, 1..8192.</summary>
    public int MaxTokens { get; init; } = 1024;

    /// <summary>Answer tokens when a query does not say, 1..8192.</summary>
    public int DefaultTokens { get; init; } = 192;

    /// <summary>Messages of one conversation, 1..256.</summary>
    public int MaxMessages { get; init; } = 64;

    /// <summary>Messages between the link and the road, 16..65,536; one more is answered <c>overloaded</c> at once.</summary>
    public int IntakeCapacity { get; init; } = 4096;

    /// <summary>Answered queries remembered to recognize duplicates, 0..100,000, for at most <see cref="DuplicateMinutes"/>.</summary>
    public int DuplicateMemory { get; init; } = 4096;

    /// <summary>1..1440.</summary>
    public int DuplicateMinutes { get; init; } = 10;

    /// <summary>Seconds running answers get to finish when the service stops, 0..120.</summary>
    public double DrainSeconds { get; init; } = 10;

    /// <summary>Replies go only to topics that begin with one of these.</summary>
    public IReadOnlyList<string> ReplyPrefixes { get; init; } = ["clients/"];

    public IEnumerable<string> Problems()
    {
        foreach (var (key, value, min, max) in new[]
        {
            ("MaxPayloadBytes", (double)MaxPayloadBytes, 1 << 10, 1 << 20), ("DeadlineSeconds", DeadlineSeconds, 1, 3600),
            ("MaxTokens", MaxTokens, 1, 8192), ("DefaultTokens", DefaultTokens, 1, 8192),
            ("MaxMessages", MaxMessages, 1, 256), ("IntakeCapacity", IntakeCapacity, 16, 65_536),
            ("DuplicateMemory", DuplicateMemory, 0, 100_000), ("DuplicateMinutes", DuplicateMinutes, 1, 1440),
            ("DrainSeconds", DrainSeconds, 0, 120),
        })
            if (!(value >= min && value <= max)) yield return $"{Section}:{key} must be {min}..{max}, found {value}";
        if (DefaultTokens > MaxTokens)
            yield return $"{Section}:DefaultTokens must be at most {Section}:MaxTokens ({MaxTokens}), found {DefaultTokens}";
        if (ReplyPrefixes.Count == 0 || ReplyPrefixes.Any(p => p.Length == 0 || p.AsSpan().IndexOfAny('+', '#') >= 0))
            yield return $"{Section}:ReplyPrefixes must be topic beginnings without wildcards, found '{string.Join("', '", ReplyPrefixes)}'";
    }
}
