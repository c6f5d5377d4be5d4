namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// Cuts a sentence into positions and describes each by hashed features. The width is the same for every position; 0 stands for
/// no feature.
/// </summary>
public interface IFeatures
{
    /// <summary>The most features a position has.</summary>
    int Width { get; }

    /// <summary>Positions as (start, length) in UTF-16 units of the text, in order.</summary>
    List<(int Start, int Length)> Positions(string text);

    /// <summary>Fills in the features of every position.</summary>
    /// <param name="features">[positions, <see cref="Width"/>], zeroed.</param>
    /// <returns>The features of whole spans of these positions; null where the model has none.</returns>
    ISpanFeatures? Fill(string text, IReadOnlyList<(int Start, int Length)> positions, Lexicon lexicon, Span<uint> features);

    /// <summary>Turns what the model found into entities: joins, splits and trims spans as the language has them.</summary>
    /// <param name="found">(start, end, type), end exclusive, in order; the type is an index in <see cref="EntityLabels.Types"/>.</param>
    IEnumerable<(int Start, int End, string Type)> Tidy(string text, IEnumerable<(int Start, int End, int Type)> found);
}
