namespace EdgeAgent.Privacy.Entities.Crf;

/// <summary>
/// Enumerates the possible entities of a sentence and prunes those that are far behind no entity there. An entity scores by the
/// labels of its positions (begin, then insides) and by the features of its span as a whole.
/// </summary>
internal sealed class SegmentCandidates
{
    /// <summary>
    /// Log weights against no entity below which are pruned: all spans from a start, all longer spans, one segment. A third less
    /// time, and no less is found on the development set.
    /// </summary>
    private const float StartMargin = -3, SpanMargin = -5, SegmentMargin = -5;

    private static readonly int Types = EntityLabels.Types.Count;

    private readonly CrfWeights _weights;
    private readonly ISpanFeatures _spans;
    private readonly IReadOnlyList<float> _bias;
    private readonly float[] _emissions; // [positions, labels]
    private readonly float[] _insides; // [positions + 1, types], running sums of the insides
    private readonly List<Segment> _segments = [];

    /// <param name="features">[positions, width], hashes; 0 stands for none.</param>
    /// <param name="bias">[types], added for each position of an entity that counts: above 0 finds more.</param>
    public SegmentCandidates(CrfWeights weights, ReadOnlySpan<uint> features, int width, ISpanFeatures spans, IReadOnlyList<float> bias)
    {
        (_weights, _spans, _bias) = (weights, spans, bias);
        var count = features.Length / width;
        _emissions = new float[count * EntityLabels.Count];
        _insides = new float[(count + 1) * Types];
        Outside = new float[count];
        for (var i = 0; i < count; i++)
        {
            weights.Emit(features.Slice(i * width, width), _emissions.AsSpan(i * EntityLabels.Count, EntityLabels.Count));
            Outside[i] = Emission(i, 0);
            var counts = spans.CountsForBias(i);
            for (var type = 0; type < Types; type++)
                _insides[(i + 1) * Types + type] =
                    _insides[i * Types + type] + Emission(i, EntityLabels.Inside(type)) + (counts ? bias[type] : 0);
        }
        for (var start = 0; start < count; start++)
            if (spans.IsBorder(start)) AddFrom(start);
        Segments = [.. _segments];
    }

    /// <summary>[positions], log weights of no entity there.</summary>
    public float[] Outside { get; }

    /// <summary>In the order of their starts, then ends, then types.</summary>
    public Segment[] Segments { get; }

    private float Emission(int position, int label) => _emissions[position * EntityLabels.Count + label];

    private void AddFrom(int start)
    {
        // heads: what an entity of each type from here scores by its begin, less the insides up to there
        Span<float> heads = stackalloc float[Types], scores = stackalloc float[Types];
        Span<uint> features = stackalloc uint[_spans.Width];
        var counts = _spans.CountsForBias(start);
        for (var type = 0; type < Types; type++)
            heads[type] = Emission(start, EntityLabels.Begin(type)) + (counts ? _bias[type] : 0) - _insides[(start + 1) * Types + type];
        if (BestByPositions(heads, start + 1) - Outside[start] < StartMargin) return;
        var maxEnd = start + Math.Min(_spans.MaxLength(start), Outside.Length - start);
        var none = 0f; // the score of no entity there
        for (var end = start + 1; end <= maxEnd; end++)
        {
            none += Outside[end - 1];
            if (BestByPositions(heads, end) - none < SpanMargin) return;
            if (!_spans.IsBorder(end)) continue;
            features.Clear();
            _spans.Fill(start, end, features);
            _weights.EmitSpan(features, scores);
            for (var type = 0; type < Types; type++)
            {
                var score = heads[type] + _insides[end * Types + type] + scores[type];
                if (score - none > SegmentMargin) _segments.Add(new Segment(start, end, type, score));
            }
        }
    }

    /// <summary>The largest score of an entity of any type by its positions alone.</summary>
    private float BestByPositions(ReadOnlySpan<float> heads, int end)
    {
        var best = float.NegativeInfinity;
        for (var type = 0; type < Types; type++) best = Math.Max(best, heads[type] + _insides[end * Types + type]);
        return best;
    }
}
