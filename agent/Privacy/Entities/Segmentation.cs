namespace EdgeAgent.Privacy.Entities;

/// <summary>A possible entity: positions from start to before end, and how much the model says for it.</summary>
internal readonly record struct Segment(int Start, int End, int Type, float Score);

/// <summary>
/// Decides which of a sentence's possible entities are taken. Not the likeliest cut as a whole, but the one from which most is to be
/// expected: an entity is worth how likely it is, and every position of it how likely some entity covers it, whichever its ends and type
/// (minimum Bayes risk: Goel and Byrne 2000). A name whose type or end is in doubt is thus still found. All pure.
/// </summary>
internal static class Segmentation
{
    /// <summary>
    /// An entity must be likelier than the first; a position that some entity covers weighs the second against it, where that is
    /// likelier than the third. Chosen on the development set.
    /// </summary>
    private const double Threshold = 0.4, PositionWeight = 0.2, PositionThreshold = 0.4;

    /// <summary>Differences of log weights beyond which the smaller says nothing.</summary>
    private const double Negligible = 30;

    private static readonly int Kinds = Tagger.Types.Count + 1; // outside, and the types

    /// <summary>How likely each segment is, over all cuts of the sentence (forward and backward sums).</summary>
    /// <param name="segments">In order of their starts; scores are log weights.</param>
    /// <param name="outside">[positions], log weights of no entity there.</param>
    /// <param name="transitions">[labels, labels] of <see cref="Tagger"/>.</param>
    public static double[] Probabilities(List<Segment> segments, float[] outside, float[] transitions)
    {
        var count = outside.Length;
        var first = new int[count + 1]; // segments from a start on
        for (int i = 0, s = 0; i <= count; i++)
        {
            while (s < segments.Count && segments[s].Start < i) s++;
            first[i] = s;
        }
        var pair = new double[Kinds * Kinds];
        for (var p = 0; p < Kinds; p++)
            for (var k = 0; k < Kinds; k++) pair[p * Kinds + k] = transitions[Tagger.Head(p) * Tagger.Labels + Tagger.Head(k)];
        // forward: all cuts of what ends before a position, by the kind of the last segment; enter: with a segment of a kind
        // beginning there
        double[] forward = Nothing((count + 1) * Kinds), enter = Nothing((count + 1) * Kinds), backward = Nothing((count + 1) * Kinds),
            begin = new double[Kinds];
        forward[0] = 0;
        for (var i = 0; i < count; i++)
        {
            for (var k = 0; k < Kinds; k++)
                for (var p = 0; p < Kinds; p++) Add(ref enter[i * Kinds + k], forward[i * Kinds + p] + (i == 0 ? 0 : pair[p * Kinds + k]));
            Add(ref forward[(i + 1) * Kinds], enter[i * Kinds] + outside[i]);
            for (var s = first[i]; s < first[i + 1]; s++)
                Add(ref forward[segments[s].End * Kinds + segments[s].Type + 1],
                    enter[i * Kinds + segments[s].Type + 1] + segments[s].Score);
        }
        var total = double.NegativeInfinity;
        for (var k = 0; k < Kinds; k++) Add(ref total, forward[count * Kinds + k]);
        // backward: all cuts from a position on, by the kind of the segment before
        backward.AsSpan(count * Kinds).Clear();
        for (var i = count - 1; i >= 0; i--)
        {
            begin.AsSpan().Fill(double.NegativeInfinity);
            begin[0] = outside[i] + backward[(i + 1) * Kinds];
            for (var s = first[i]; s < first[i + 1]; s++)
                Add(ref begin[segments[s].Type + 1], segments[s].Score + backward[segments[s].End * Kinds + segments[s].Type + 1]);
            for (var p = 0; p < Kinds; p++)
                for (var k = 0; k < Kinds; k++) Add(ref backward[i * Kinds + p], (i == 0 ? 0 : pair[p * Kinds + k]) + begin[k]);
        }
        var probabilities = new double[segments.Count];
        for (var s = 0; s < probabilities.Length; s++)
        {
            var (start, end, type, score) = segments[s];
            probabilities[s] = Math.Exp(enter[start * Kinds + type + 1] + score + backward[end * Kinds + type + 1] - total);
        }
        return probabilities;
    }

    /// <summary>The segments that are taken, none over another, from the last to the first.</summary>
    /// <param name="probabilities">[segments].</param>
    public static IEnumerable<Segment> Choose(List<Segment> segments, double[] probabilities, int count)
    {
        var rise = new double[count + 1]; // of how likely some entity covers a position
        for (var s = 0; s < segments.Count; s++)
        {
            rise[segments[s].Start] += probabilities[s];
            rise[segments[s].End] -= probabilities[s];
        }
        var gain = new double[count + 1]; // of the positions before one
        var covered = 0d;
        for (var i = 0; i < count; i++)
        {
            covered += rise[i];
            gain[i + 1] = gain[i] + PositionWeight * (covered - PositionThreshold);
        }
        var best = new double[count + 1]; // of what ends before a position
        var last = new int[count + 1]; // its last segment; -1 a position outside
        last.AsSpan().Fill(-1);
        for (int start = 0, s = 0; start <= count; start++)
        {
            if (start > 0 && best[start - 1] >= best[start]) (best[start], last[start]) = (best[start - 1], -1);
            for (; s < segments.Count && segments[s].Start == start; s++)
            {
                var end = segments[s].End;
                var worth = best[start] + probabilities[s] - Threshold + gain[end] - gain[start];
                if (worth > best[end]) (best[end], last[end]) = (worth, s);
            }
        }
        for (var end = count; end > 0;)
        {
            if (last[end] < 0)
            {
                end--;
                continue;
            }
            yield return segments[last[end]];
            end = segments[last[end]].Start;
        }
    }

    private static double[] Nothing(int length)
    {
        var values = new double[length];
        values.AsSpan().Fill(double.NegativeInfinity);
        return values;
    }

    /// <summary>sum = log(exp(sum) + exp(term)).</summary>
    private static void Add(ref double sum, double term)
    {
        var (large, small) = sum > term ? (sum, term) : (term, sum);
        sum = large - small > Negligible || double.IsNegativeInfinity(small) ? large : large + Math.Log(1 + Math.Exp(small - large));
    }
}
