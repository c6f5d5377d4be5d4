using EdgeAgent.Privacy.Entities;
using EdgeAgent.Privacy.Entities.Crf;

namespace EntityLab;

/// <summary>A step of a semi-Markov field up the log likelihood of one sentence.</summary>
internal sealed class SegmentStep
{
    private const int Labels = EntityLabels.Count;

    /// <summary>Smaller gradients of spans are no step.</summary>
    private const double MinSpanGradient = 1e-4;

    private static readonly int Types = EntityLabels.Types.Count;

    private readonly AdaGrad _weights;
    private readonly TrainingSentence _sentence;
    private readonly SpanTable _spans;
    private readonly int _count;
    private readonly float[] _emissions; // [positions, labels]
    private readonly Segment[] _segments; // [spans, types]
    private readonly SemiMarkovCrf _field;

    // gradients of the log likelihood; that of the insides as differences from position to position
    private readonly double[] _emissionGradient, _insideGradient, _spanGradient;
    private readonly float[] _pairGradient = new float[Labels * Labels];

    private SegmentStep(AdaGrad weights, TrainingSentence sentence, SpanTable spans)
    {
        (_weights, _sentence, _spans, _count) = (weights, sentence, spans, sentence.Labels.Length);
        _emissions = new float[_count * Labels];
        for (var i = 0; i < _count; i++) weights.Sum(sentence.Row(i), _emissions.AsSpan(i * Labels, Labels));
        _segments = Segments();
        var outside = new float[_count];
        for (var i = 0; i < _count; i++) outside[i] = _emissions[i * Labels];
        _field = new SemiMarkovCrf(_segments, outside, weights.Transitions);
        (_emissionGradient, _insideGradient, _spanGradient) =
            (new double[_count * Labels], new double[(_count + 1) * Types], new double[_segments.Length]);
    }

    /// <summary>
    /// Steps, and returns the negative log likelihood before the step; 0, without a step, where an entity is longer than spans can be.
    /// </summary>
    public static double Learn(AdaGrad weights, TrainingSentence sentence, SpanTable spans)
    {
        if (Gold(sentence.Labels, spans) is not { } gold) return 0;
        var step = new SegmentStep(weights, sentence, spans);
        var score = step.AddGoldPairs(gold);
        step.SubtractExpectations();
        step.AddGoldSegments(gold);
        step.Apply();
        return step._field.LogPartition - score;
    }

    /// <summary>The labelled cut as (start, length, kind); null where an entity goes over a clause's end or is too long.</summary>
    private static List<(int Start, int Length, int Kind)>? Gold(byte[] labels, SpanTable spans)
    {
        var gold = new List<(int Start, int Length, int Kind)>();
        for (var i = 0; i < labels.Length;)
        {
            var kind = labels[i] == 0 ? 0 : EntityLabels.TypeOf(labels[i]) + 1;
            var length = 1;
            while (kind > 0 && i + length < labels.Length && labels[i + length] == EntityLabels.Inside(kind - 1)) length++;
            if (kind > 0 && length > spans.MaxLength(i)) return null;
            gold.Add((i, length, kind));
            i += length;
        }
        return gold;
    }

    /// <summary>Every span as an entity of every type: what its positions (begin, then insides) and it as a whole score.</summary>
    private Segment[] Segments()
    {
        var insides = new double[(_count + 1) * Types]; // running sums
        for (var i = 0; i < _count; i++)
            for (var t = 0; t < Types; t++)
                insides[(i + 1) * Types + t] = insides[i * Types + t] + _emissions[i * Labels + EntityLabels.Inside(t)];
        var segments = new Segment[_spans.Count * Types];
        var row = new float[Labels];
        for (var start = 0; start < _count; start++)
            for (var length = 1; length <= _spans.MaxLength(start); length++)
            {
                Array.Clear(row);
                _weights.Sum(_spans.Row(_spans.Index(start, length)), row);
                for (var t = 0; t < Types; t++)
                    segments[_spans.Index(start, length) * Types + t] = new Segment(start, start + length, t,
                        _emissions[start * Labels + EntityLabels.Begin(t)] + insides[(start + length) * Types + t]
                        - insides[(start + 1) * Types + t] + row[EntityLabels.Begin(t)]);
            }
        return segments;
    }

    /// <summary>Adds the labelled pairs of segments; returns the score of the labelled cut.</summary>
    private double AddGoldPairs(List<(int Start, int Length, int Kind)> gold)
    {
        double score = 0;
        var previous = -1;
        foreach (var (start, length, kind) in gold)
        {
            var pair = previous < 0 ? -1 : SemiMarkovCrf.Label(previous) * Labels + SemiMarkovCrf.Label(kind);
            score += (kind == 0 ? _emissions[start * Labels] : _segments[_spans.Index(start, length) * Types + kind - 1].Score)
                + (pair < 0 ? 0 : (double)_weights.Transitions[pair]);
            if (pair >= 0) _pairGradient[pair]++;
            previous = kind;
        }
        return score;
    }

    private void SubtractExpectations()
    {
        for (var i = 0; i < _count; i++)
        {
            _emissionGradient[i * Labels] -= _field.ProbabilityOutside(i);
            for (var length = 1; length <= _spans.MaxLength(i); length++)
                for (var t = 0; t < Types; t++) Add(i, length, t, -_field.Probability(_spans.Index(i, length) * Types + t));
            if (i == 0) continue;
            for (var p = 0; p < SemiMarkovCrf.Kinds; p++)
                for (var k = 0; k < SemiMarkovCrf.Kinds; k++)
                    _pairGradient[SemiMarkovCrf.Label(p) * Labels + SemiMarkovCrf.Label(k)] -= (float)_field.Probability(i, p, k);
        }
    }

    private void AddGoldSegments(List<(int Start, int Length, int Kind)> gold)
    {
        foreach (var (start, length, kind) in gold)
            if (kind == 0) _emissionGradient[start * Labels]++;
            else Add(start, length, kind - 1, 1);
    }

    private void Add(int start, int length, int type, double by)
    {
        _emissionGradient[start * Labels + EntityLabels.Begin(type)] += by;
        _insideGradient[(start + 1) * Types + type] += by;
        _insideGradient[(start + length) * Types + type] -= by;
        _spanGradient[_spans.Index(start, length) * Types + type] += by;
    }

    private void Apply()
    {
        for (var i = 0; i < _count; i++)
            for (var t = 0; t < Types; t++)
            {
                _emissionGradient[i * Labels + EntityLabels.Inside(t)] += _insideGradient[i * Types + t];
                _insideGradient[(i + 1) * Types + t] += _insideGradient[i * Types + t];
            }
        Span<float> gradient = stackalloc float[Labels];
        for (var i = 0; i < _count; i++)
        {
            for (var l = 0; l < Labels; l++) gradient[l] = (float)_emissionGradient[i * Labels + l];
            _weights.Step(_sentence.Row(i), gradient);
        }
        for (var s = 0; s < _spans.Count; s++)
            for (var t = 0; t < Types; t++)
                if (Math.Abs(_spanGradient[s * Types + t]) >= MinSpanGradient)
                    _weights.Step(_spans.Row(s), EntityLabels.Begin(t), (float)_spanGradient[s * Types + t]);
        _weights.StepTransitions(_pairGradient);
    }
}
