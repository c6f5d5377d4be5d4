namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// Cuts a sentence into positions and describes each by hashed features. Width is the same for every position; 0 stands for none.
/// </summary>
internal interface IFeatures
{
    int Width { get; }

    /// <summary>Positions as (start, length) in the text.</summary>
    List<(int Start, int Length)> Positions(string text);

    /// <param name="features">[positions, <see cref="Width"/>], zeroed.</param>
    /// <returns>What describes whole spans of these positions; null for features that have none.</returns>
    ISpanFeatures? Fill(string text, IReadOnlyList<(int Start, int Length)> positions, Lexicon lexicon, Span<uint> features);
}

/// <summary>Describes a span of positions as one entity. 0 stands for no feature.</summary>
internal interface ISpanFeatures
{
    int Width { get; }

    /// <summary>Whether a span may begin or end before this position: not in the middle of a word.</summary>
    bool IsBorder(int position);

    /// <summary>
    /// Whether a position inside a span counts for the operating point. Characters of codes do not: they come in long runs, which
    /// a little each would make entities of.
    /// </summary>
    bool CountsForBias(int position);

    /// <summary>The most positions a span from here may have; at least 1.</summary>
    int Longest(int start);

    /// <param name="end">Behind the last position.</param>
    /// <param name="features">[<see cref="Width"/>], zeroed.</param>
    void Fill(int start, int end, Span<uint> features);
}

/// <summary>Mixes numbers into a feature's hash (murmur3's finalizer).</summary>
internal static class Mix
{
    public static uint Hash(uint template, uint a, uint b = 0, uint c = 0)
    {
        var h = template * 0x9E3779B1u ^ a;
        h = (h ^ h >> 16) * 0x85EBCA6Bu ^ b;
        h = (h ^ h >> 13) * 0xC2B2AE35u ^ c;
        h = (h ^ h >> 16) * 0x27D4EB2Fu;
        h ^= h >> 15;
        return h == 0 ? 1 : h;
    }

    public static uint Of(ReadOnlySpan<char> text)
    {
        var h = 2166136261u;
        foreach (var c in text) h = (h ^ c) * 16777619u;
        return h;
    }
}
