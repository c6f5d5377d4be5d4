namespace EdgeAgent.Privacy.Entities;

/// <summary>Describes a span of positions as one entity. Made for one sentence; not safe for concurrent use.</summary>
public interface ISpanFeatures
{
    /// <summary>The most features a span has.</summary>
    int Width { get; }

    /// <summary>Whether a span may begin or end before this position: not in the middle of a word.</summary>
    bool IsBorder(int position);

    /// <summary>
    /// Whether a position inside a span counts for the operating point. Characters of codes do not: they come in long runs, whose
    /// small amounts would add up to an entity.
    /// </summary>
    bool CountsForBias(int position);

    /// <summary>The most positions a span from here may have; at least 1.</summary>
    int MaxLength(int start);

    /// <summary>Fills in the features of a span.</summary>
    /// <param name="start">First position.</param>
    /// <param name="end">Behind the last position.</param>
    /// <param name="features">[<see cref="Width"/>], zeroed; 0 stands for no feature.</param>
    void Fill(int start, int end, Span<uint> features);
}
