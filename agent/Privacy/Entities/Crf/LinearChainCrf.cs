namespace EdgeAgent.Privacy.Entities.Crf;

/// <summary>
/// A linear-chain conditional random field (Lafferty et al. 2001) over the labels of <see cref="EntityLabels"/>: the forward and
/// backward sums of one sentence, the probabilities that follow from them, and the best labels (Viterbi). Sums are over all label
/// sequences that <see cref="EntityLabels.MayFollow"/> allows, in double precision.
/// </summary>
public sealed class LinearChainCrf
{
    private const int Labels = EntityLabels.Count;
    private readonly float[] _emissions, _transitions;
    private readonly double[] _forward, _backward; // [positions, labels]

    /// <param name="emissions">[positions, labels], log weights; at least one position.</param>
    /// <param name="transitions">[labels, labels], log weights, previous label first.</param>
    public LinearChainCrf(float[] emissions, float[] transitions)
    {
        ArgumentNullException.ThrowIfNull(emissions);
        ArgumentOutOfRangeException.ThrowIfZero(emissions.Length);
        (_emissions, _transitions) = (emissions, transitions);
        var count = emissions.Length / Labels;
        (_forward, _backward) = (new double[emissions.Length], new double[emissions.Length]);
        Span<double> terms = stackalloc double[Labels];
        for (var l = 0; l < Labels; l++) _forward[l] = EntityLabels.MayFollow(-1, l) ? emissions[l] : double.NegativeInfinity;
        for (var i = 1; i < count; i++)
            for (var l = 0; l < Labels; l++)
            {
                for (var p = 0; p < Labels; p++)
                    terms[p] = EntityLabels.MayFollow(p, l)
                        ? _forward[(i - 1) * Labels + p] + transitions[p * Labels + l] : double.NegativeInfinity;
                _forward[i * Labels + l] = LogSpace.Sum(terms) + emissions[i * Labels + l];
            }
        for (var i = count - 2; i >= 0; i--)
            for (var l = 0; l < Labels; l++)
            {
                for (var n = 0; n < Labels; n++)
                    terms[n] = EntityLabels.MayFollow(l, n)
                        ? transitions[l * Labels + n] + emissions[(i + 1) * Labels + n] + _backward[(i + 1) * Labels + n]
                        : double.NegativeInfinity;
                _backward[i * Labels + l] = LogSpace.Sum(terms);
            }
        LogPartition = LogSpace.Sum(_forward.AsSpan((count - 1) * Labels, Labels));
    }

    /// <summary>The log of the sum of the weights of all label sequences.</summary>
    public double LogPartition { get; }

    /// <summary>How likely a position has a label, 0..1.</summary>
    public double Probability(int position, int label) =>
        Math.Exp(_forward[position * Labels + label] + _backward[position * Labels + label] - LogPartition);

    /// <summary>How likely a position has a label behind another, 0..1.</summary>
    /// <param name="position">From 1 on.</param>
    public double Probability(int position, int previous, int label) => !EntityLabels.MayFollow(previous, label) ? 0
        : Math.Exp(_forward[(position - 1) * Labels + previous] + _transitions[previous * Labels + label]
            + _emissions[position * Labels + label] + _backward[position * Labels + label] - LogPartition);

    /// <summary>Finds the sequence of labels with the largest weight.</summary>
    /// <param name="emissions">[positions, labels], log weights.</param>
    /// <param name="transitions">[labels, labels], log weights, previous label first.</param>
    /// <param name="labels">[positions], overwritten.</param>
    public static void Decode(ReadOnlySpan<float> emissions, ReadOnlySpan<float> transitions, Span<byte> labels)
    {
        var count = labels.Length;
        if (count == 0) return;
        Span<float> best = stackalloc float[Labels], next = stackalloc float[Labels];
        var back = new byte[count * Labels];
        for (var i = 0; i < count; i++)
        {
            for (var label = 0; label < Labels; label++)
            {
                var (score, from) = (float.NegativeInfinity, 0);
                if (i == 0) score = EntityLabels.MayFollow(-1, label) ? 0 : float.NegativeInfinity;
                else
                    for (var previous = 0; previous < Labels; previous++)
                    {
                        if (!EntityLabels.MayFollow(previous, label)) continue;
                        var s = best[previous] + transitions[previous * Labels + label];
                        if (s > score) (score, from) = (s, previous);
                    }
                next[label] = score + emissions[i * Labels + label];
                back[i * Labels + label] = (byte)from;
            }
            next.CopyTo(best);
        }
        var last = 0;
        for (var label = 1; label < Labels; label++)
            if (best[label] > best[last]) last = label;
        for (var i = count - 1; i >= 0; i--)
        {
            labels[i] = (byte)last;
            last = back[i * Labels + last];
        }
    }
}
