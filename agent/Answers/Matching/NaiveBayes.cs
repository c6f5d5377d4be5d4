using System.Buffers;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// Which entry the words of a question speak for, all its phrasings taken together (multinomial naive Bayes over words and pairs,
/// uniform prior). Immutable; safe for concurrent use.
/// </summary>
internal sealed class NaiveBayes
{
    /// <summary>Weight that a feature has in an entry without it (additive smoothing).</summary>
    private const double Smoothing = 0.1;

    private readonly FeatureIndex _index;
    private readonly int[] _entries; // [phrasings]: each phrasing's entry; those of one entry follow each other
    private readonly float[] _mass; // [entries]: weight of all its words and pairs
    private readonly int _distinct; // words and pairs, each counted once

    /// <param name="phrasings">The features of each phrasing.</param>
    /// <param name="entries">Each phrasing's entry, numbered from 0; phrasings of one entry follow each other.</param>
    public NaiveBayes(FeatureIndex index, IReadOnlyList<Feature[]> phrasings, int[] entries)
    {
        (_index, _entries, _mass) = (index, entries, new float[entries.Length == 0 ? 0 : entries[^1] + 1]);
        for (var i = 0; i < entries.Length; i++)
            foreach (var feature in phrasings[i])
            {
                if (feature.Kind == FeatureKind.Piece) continue;
                _mass[entries[i]] += feature.Weight;
                if (index.Phrasings(feature.Id)[0] == i) _distinct++; // counted where it is met first
            }
    }

    /// <summary>The likeliest entry and its lead over the next one, nats a word; -1 where no word is known.</summary>
    public (int Entry, double Lead) Find(ReadOnlySpan<Feature> question)
    {
        var scores = ArrayPool<double>.Shared.Rent(_mass.Length);
        Array.Clear(scores, 0, _mass.Length);
        double mass = 0;
        foreach (var feature in question)
        {
            if (feature.Kind == FeatureKind.Piece || _index.Phrasings(feature.Id).IsEmpty) continue;
            mass += feature.Weight;
            AddFeature(scores, feature);
        }
        for (var i = 0; i < _mass.Length; i++) scores[i] -= mass * Math.Log(_mass[i] + Smoothing * _distinct);
        var (best, first, second) = (-1, double.NegativeInfinity, double.NegativeInfinity);
        for (var i = 0; i < _mass.Length; i++)
            if (scores[i] > first) (best, first, second) = (i, scores[i], first);
            else if (scores[i] > second) second = scores[i];
        ArrayPool<double>.Shared.Return(scores);
        return mass == 0 ? (-1, 0) : (best, (first - second) / mass);
    }

    /// <summary>Adds a feature's log-likelihood to each entry that has it: its weight over the entry's phrasings together.</summary>
    private void AddFeature(double[] scores, Feature feature)
    {
        var phrasings = _index.Phrasings(feature.Id);
        for (var i = 0; i < phrasings.Length;)
        {
            var entry = _entries[phrasings[i]];
            float count = 0;
            for (; i < phrasings.Length && _entries[phrasings[i]] == entry; i++) count += feature.Weight;
            scores[entry] += feature.Weight * Math.Log(1 + count / Smoothing);
        }
    }
}
