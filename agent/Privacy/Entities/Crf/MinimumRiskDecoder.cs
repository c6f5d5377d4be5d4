namespace EdgeAgent.Privacy.Entities.Crf;

/// <summary>
/// Decides which of a sentence's possible entities are taken: not the likeliest cut as a whole, but the one with the largest
/// expected gain (minimum Bayes risk: Goel and Byrne 2000). An entity gains by how likely it is, and each of its positions by how
/// likely some entity covers it, whatever that one's ends and type. So a name whose type or end is in doubt is still found. Pure.
/// </summary>
internal static class MinimumRiskDecoder
{
    /// <summary>
    /// An entity gains its probability less the first. A position gains the second times the probability that some entity covers
    /// it less the third. Chosen on the development set.
    /// </summary>
    private const double Threshold = 0.4, PositionWeight = 0.2, PositionThreshold = 0.4;

    /// <summary>The segments that are taken, none over another, from the last to the first.</summary>
    /// <param name="segments">In the order of their starts.</param>
    /// <param name="probabilities">[segments], 0..1.</param>
    /// <param name="count">Positions of the sentence.</param>
    public static IEnumerable<Segment> Choose(IReadOnlyList<Segment> segments, double[] probabilities, int count)
    {
        var gain = PositionGains(segments, probabilities, count);
        var best = new double[count + 1]; // of what ends before a position
        var last = new int[count + 1]; // its last segment; -1 a position outside
        last.AsSpan().Fill(-1);
        for (int start = 0, s = 0; start <= count; start++)
        {
            if (start > 0 && best[start - 1] >= best[start]) (best[start], last[start]) = (best[start - 1], -1);
            for (; s < segments.Count && segments[s].Start == start; s++)
            {
                var end = segments[s].End;
                var total = best[start] + probabilities[s] - Threshold + gain[end] - gain[start];
                if (total > best[end]) (best[end], last[end]) = (total, s);
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

    /// <summary>[positions + 1], the gain of all positions before one if entities covered them.</summary>
    private static double[] PositionGains(IReadOnlyList<Segment> segments, double[] probabilities, int count)
    {
        var rise = new double[count + 1]; // of the probability that some entity covers a position
        for (var s = 0; s < segments.Count; s++)
        {
            rise[segments[s].Start] += probabilities[s];
            rise[segments[s].End] -= probabilities[s];
        }
        var gain = new double[count + 1];
        var covered = 0d;
        for (var i = 0; i < count; i++)
        {
            covered += rise[i];
            gain[i + 1] = gain[i] + PositionWeight * (covered - PositionThreshold);
        }
        return gain;
    }
}
