namespace EdgeAgent.Answers.Matching;

/// <summary>
/// Which phrasings have a feature: an inverted index in compressed rows, two arrays without references, so that building one leaves
/// the garbage collector little to do while questions run. Immutable; safe for concurrent use.
/// </summary>
internal sealed class FeatureIndex
{
    private readonly int[] _starts; // [features + 1]: where a feature's row begins
    private readonly int[] _phrasings; // [postings], rising within a row

    /// <param name="phrasings">The features of each phrasing.</param>
    /// <param name="features">Upper bound of the features' numbers.</param>
    public FeatureIndex(IReadOnlyList<Feature[]> phrasings, int features)
    {
        _starts = new int[features + 1];
        foreach (var phrasing in phrasings)
            foreach (var feature in phrasing) _starts[feature.Id]++;
        // first the end of each row; filling backwards moves it to the row's begin
        for (var i = 1; i <= features; i++) _starts[i] += _starts[i - 1];
        _phrasings = new int[_starts[features]];
        for (var i = phrasings.Count - 1; i >= 0; i--)
            foreach (var feature in phrasings[i]) _phrasings[--_starts[feature.Id]] = i;
    }

    /// <summary>The phrasings that have a feature; none for one that is unknown or came later.</summary>
    public ReadOnlySpan<int> Phrasings(int feature) => feature >= 0 && feature + 1 < _starts.Length
        ? _phrasings.AsSpan(_starts[feature], _starts[feature + 1] - _starts[feature]) : default;
}
