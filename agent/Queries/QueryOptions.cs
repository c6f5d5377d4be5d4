using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Queries;

/// <summary>Limits of a query, from its arrival to its answer.</summary>
internal sealed record QueryOptions : ICheckedOptions
{
    /// <summary>Largest query payload. Larger ones are answered with an error. Raise it for long conversations.</summary>
    [Unit("bytes"), Range(1 << 10, 1 << 20)]
    public int MaxPayloadBytes { get; init; } = 256 << 10;

    /// <summary>Time a query may take when its message carries no expiry of its own.</summary>
    [Duration("DeadlineSeconds", DurationUnit.Seconds), Range(1, 3600)]
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most answer tokens a query may ask for.</summary>
    [Unit("tokens"), Range(1, 8192)]
    public int MaxTokens { get; init; } = 1024;

    /// <summary>Answer tokens of a query that asks for no number. At most <c>MaxTokens</c>.</summary>
    [Unit("tokens"), Range(1, 8192)]
    public int DefaultTokens { get; init; } = 192;

    /// <summary>Most messages in one conversation.</summary>
    [Unit("messages"), Range(1, 256)]
    public int MaxMessages { get; init; } = 64;

    /// <summary>Queries that may wait between arrival and handling. One more is answered <c>overloaded</c> at once.</summary>
    [Unit("messages"), Range(16, 65_536)]
    public int IntakeCapacity { get; init; } = 4096;

    /// <summary>Answered queries remembered to recognize duplicates; the oldest is forgotten first. 0 recognizes none.</summary>
    [Unit("queries"), Range(0, 100_000)]
    public int DuplicateMemory { get; init; } = 4096;

    /// <summary>How long an answered query is remembered to recognize duplicates.</summary>
    [Duration("DuplicateMinutes", DurationUnit.Minutes), Range(1, 1440)]
    public TimeSpan DuplicateWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Time that running answers get to finish when the service stops.</summary>
    [Duration("DrainSeconds", DurationUnit.Seconds), Range(0, 120)]
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Replies are sent only to topics that begin with one of these. Give the beginnings that your broker's access rules reserve for
    /// replies.
    /// </summary>
    [TopicPrefixes]
    public IReadOnlyList<string> ReplyPrefixes { get; init; } = ["clients/"];

    /// <summary>
    /// Queries whose reply topic begins with one of these may have the priority <c>safety</c>: they are answered before all others, up to
    /// <c>Student:SafetyShare</c>. Give the beginnings of your safety terminals' topics.
    /// </summary>
    public IReadOnlyList<string> SafetyPrefixes { get; init; } = [];

    public IEnumerable<string> Problems(string section)
    {
        foreach (var prefix in SafetyPrefixes)
            if (prefix.Length == 0 || prefix.AsSpan().IndexOfAny('+', '#') >= 0)
                yield return $"{section}:SafetyPrefixes must be topic prefixes without wildcards, found '{prefix}'";
        if (DefaultTokens > MaxTokens)
            yield return $"{section}:DefaultTokens must be at most {section}:MaxTokens ({MaxTokens}), found {DefaultTokens}";
    }
}
