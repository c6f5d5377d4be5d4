using System.Buffers;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// Which phrasings share the rarest features with a question: TF-IDF weights, cosine. Immutable; safe for concurrent use.
/// </summary>
internal sealed class TfIdf
{
    /// <summary>Phrasings that are ranked; entries of which none is among them have no vote.</summary>
    private const int MaxNearest = 32;

    /// <summary>A feature in more phrasings than this tells nothing and is not looked up, which bounds the time of a question.</summary>
    private const int MaxPostings = 4000;

    private readonly FeatureIndex _index;
    private readonly float[] _norms; // [phrasings]

    /// <param name="phrasings">The features of each phrasing; a result names a phrasing by its place here.</param>
    public TfIdf(FeatureIndex index, IReadOnlyList<Feature[]> phrasings)
    {
        (_index, _norms) = (index, new float[phrasings.Count]);
        for (var i = 0; i < _norms.Length; i++)
        {
            double sum = 0;
            foreach (var feature in phrasings[i]) sum += Square(feature.Weight * Idf(index.Phrasings(feature.Id).Length));
            _norms[i] = MathF.Sqrt((float)sum);
        }
    }

    /// <summary>Inverse document frequency of a feature that a number of phrasings have; 0: none.</summary>
    private float Idf(int phrasings) => MathF.Log((_norms.Length + 1f) / (phrasings + 0.5f));

    /// <summary>The nearest phrasings with their cosines, the nearest first, and the number of words that no phrasing has.</summary>
    public (IReadOnlyList<(int Phrasing, double Score)> Nearest, int UnknownWords) Find(ReadOnlySpan<Feature> question)
    {
        double norm = 0;
        var unknown = 0;
        var scores = ArrayPool<float>.Shared.Rent(_norms.Length); // 0: not met
        var met = ArrayPool<int>.Shared.Rent(_norms.Length); // in the order they were met
        var count = 0;
        Array.Clear(scores, 0, _norms.Length);
        foreach (var feature in question)
        {
            var phrasings = _index.Phrasings(feature.Id);
            var idf = Idf(phrasings.Length);
            var weight = feature.Weight * idf;
            norm += weight * weight;
            if (phrasings.IsEmpty && feature.Kind == FeatureKind.Word) unknown++;
            if (phrasings.Length > MaxPostings) continue;
            foreach (var phrasing in phrasings)
            {
                if (scores[phrasing] == 0) met[count++] = phrasing;
                scores[phrasing] += weight * (weight / _norms[phrasing]);
            }
        }
        var nearest = Top(met.AsSpan(0, count), scores, Math.Sqrt(norm));
        ArrayPool<float>.Shared.Return(scores);
        ArrayPool<int>.Shared.Return(met);
        return (nearest, unknown);
    }

    /// <summary>The phrasings with the greatest scores, in falling order; of equal ones the first met stays first.</summary>
    private static List<(int Phrasing, double Score)> Top(ReadOnlySpan<int> met, float[] scores, double norm)
    {
        var top = new List<(int Phrasing, float Score)>(MaxNearest + 1);
        foreach (var phrasing in met)
        {
            var score = scores[phrasing];
            if (top.Count == MaxNearest && score <= top[^1].Score) continue;
            var at = top.Count;
            while (at > 0 && top[at - 1].Score < score) at--;
            top.Insert(at, (phrasing, score));
            if (top.Count > MaxNearest) top.RemoveAt(MaxNearest);
        }
        return top.ConvertAll(t => (t.Phrasing, t.Score / norm));
    }

    private static float Square(float x) => x * x;
}
