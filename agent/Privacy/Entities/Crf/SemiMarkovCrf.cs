namespace EdgeAgent.Privacy.Entities.Crf;

/// <summary>
/// A semi-Markov conditional random field (Sarawagi and Cohen 2004): the forward and backward sums of one sentence over all ways
/// to cut it into entities and single positions outside, and the probabilities that follow from them. A segment's kind is 0
/// outside, else its type + 1. Double precision.
/// </summary>
public sealed class SemiMarkovCrf
{
    /// <summary>Kinds of segments: outside, and the types.</summary>
    public static readonly int Kinds = EntityLabels.Types.Count + 1;

    private readonly Segment[] _segments;
    private readonly float[] _outside;
    private readonly double[] _transitions; // [kinds, kinds]
    private readonly int[] _first; // segments from a start on
    private readonly double[] _forward; // [positions + 1, kinds]: all cuts of what ends before a position, by the last segment's kind
    private readonly double[] _enter; // [positions + 1, kinds]: the same, with a segment of a kind beginning there
    private readonly double[] _backward; // [positions + 1, kinds]: all cuts from a position on, by the kind of the segment before
    private readonly double[] _begin; // [positions + 1, kinds]: all cuts from a position on, by the kind of the first segment

    /// <param name="segments">Possible entities in the order of their starts.</param>
    /// <param name="outside">[positions], log weights of no entity there.</param>
    /// <param name="transitions">[labels, labels] of <see cref="EntityLabels"/>, log weights, previous label first.</param>
    public SemiMarkovCrf(Segment[] segments, float[] outside, float[] transitions)
    {
        ArgumentNullException.ThrowIfNull(segments);
        ArgumentNullException.ThrowIfNull(outside);
        ArgumentNullException.ThrowIfNull(transitions);
        (_segments, _outside) = (segments, outside);
        var size = (outside.Length + 1) * Kinds;
        (_forward, _enter, _backward, _begin) =
            (LogSpace.Zeros(size), LogSpace.Zeros(size), LogSpace.Zeros(size), LogSpace.Zeros(size));
        _first = new int[outside.Length + 1];
        for (int i = 0, s = 0; i <= outside.Length; i++)
        {
            while (s < segments.Length && segments[s].Start < i) s++;
            _first[i] = s;
        }
        _transitions = new double[Kinds * Kinds];
        for (var p = 0; p < Kinds; p++)
            for (var k = 0; k < Kinds; k++) _transitions[p * Kinds + k] = transitions[Label(p) * EntityLabels.Count + Label(k)];
        SumForward();
        LogPartition = LogSpace.Sum(_forward.AsSpan(outside.Length * Kinds, Kinds));
        SumBackward();
    }

    /// <summary>The label that stands for a kind of segment in the transitions: 0 outside, else the begin of its type.</summary>
    public static int Label(int kind) => kind == 0 ? 0 : EntityLabels.Begin(kind - 1);

    /// <summary>The log of the sum of the weights of all cuts.</summary>
    public double LogPartition { get; }

    /// <summary>How likely a segment is an entity, 0..1.</summary>
    /// <param name="segment">Index of the segment.</param>
    public double Probability(int segment)
    {
        var (start, end, type, score) = _segments[segment];
        return Math.Exp(_enter[start * Kinds + type + 1] + score + _backward[end * Kinds + type + 1] - LogPartition);
    }

    /// <summary>How likely a position is outside all entities, 0..1.</summary>
    public double ProbabilityOutside(int position) =>
        Math.Exp(_enter[position * Kinds] + _outside[position] + _backward[(position + 1) * Kinds] - LogPartition);

    /// <summary>How likely a segment of a kind begins at a position behind one of another kind, 0..1.</summary>
    /// <param name="position">From 1 on.</param>
    public double Probability(int position, int previous, int kind) =>
        Math.Exp(_forward[position * Kinds + previous] + _transitions[previous * Kinds + kind] + _begin[position * Kinds + kind]
            - LogPartition);

    /// <summary>[segments], how likely each is an entity.</summary>
    public double[] Probabilities()
    {
        var probabilities = new double[_segments.Length];
        for (var s = 0; s < probabilities.Length; s++) probabilities[s] = Probability(s);
        return probabilities;
    }

    private void SumForward()
    {
        Span<double> terms = stackalloc double[Kinds];
        _forward[0] = 0;
        for (var i = 0; i < _outside.Length; i++)
        {
            for (var k = 0; k < Kinds; k++)
            {
                for (var p = 0; p < Kinds; p++) terms[p] = _forward[i * Kinds + p] + (i == 0 ? 0 : _transitions[p * Kinds + k]);
                _enter[i * Kinds + k] = LogSpace.Sum(terms);
            }
            LogSpace.Add(ref _forward[(i + 1) * Kinds], _enter[i * Kinds] + _outside[i]);
            for (var s = _first[i]; s < _first[i + 1]; s++)
            {
                var kind = _segments[s].Type + 1;
                LogSpace.Add(ref _forward[_segments[s].End * Kinds + kind], _enter[i * Kinds + kind] + _segments[s].Score);
            }
        }
    }

    private void SumBackward()
    {
        Span<double> terms = stackalloc double[Kinds];
        _backward.AsSpan(_outside.Length * Kinds).Clear();
        for (var i = _outside.Length - 1; i >= 0; i--)
        {
            _begin[i * Kinds] = _outside[i] + _backward[(i + 1) * Kinds];
            for (var s = _first[i]; s < _first[i + 1]; s++)
            {
                var kind = _segments[s].Type + 1;
                LogSpace.Add(ref _begin[i * Kinds + kind], _segments[s].Score + _backward[_segments[s].End * Kinds + kind]);
            }
            for (var p = 0; p < Kinds; p++)
            {
                for (var k = 0; k < Kinds; k++) terms[k] = _transitions[p * Kinds + k] + _begin[i * Kinds + k];
                _backward[i * Kinds + p] = LogSpace.Sum(terms);
            }
        }
    }
}
