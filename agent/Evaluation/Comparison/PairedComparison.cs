namespace EdgeAgent.Evaluation.Comparison;

/// <summary>
/// Compares two shares of resolved questions from ratings in the order in which they came: the k-th rating of A makes a pair with the
/// k-th of B, and D is the difference of the pair, -1, 0 or 1. For a supposed mean m, the capital of a bettor who stakes the fixed share l
/// on D - m is the product of 1 + l (D - m); where m is right it is a martingale, and so is a mixture over several l. By Ville's inequality
/// it passes 1/alpha with probability alpha at most, however often somebody looks (Waudby-Smith and Ramdas 2024, sections 4 and 5). Pure;
/// not safe for concurrent use.
/// </summary>
internal sealed class PairedComparison(ComparisonOptions options)
{
    /// <summary>
    /// Stakes and their shares of the mixture. The best stake is near mean / variance: 0.25 for ten points, 0.1 for four. The rest covers
    /// large differences early.
    /// </summary>
    private static readonly (double Stake, double Share)[] Stakes = [(0.1, 0.25), (0.25, 0.55), (0.6, 0.2)];

    private const int Steps = 40;

    private readonly Queue<bool> _a = new(), _b = new();
    private long _plus, _zero, _minus;
    private ComparisonOutcome _outcome = ComparisonOutcome.Continue;
    private string? _winner;

    public int PerArm => (int)(_plus + _zero + _minus);

    public void AddA(bool isResolved)
    {
        _a.Enqueue(isResolved);
        Pair();
    }

    public void AddB(bool isResolved)
    {
        _b.Enqueue(isResolved);
        Pair();
    }

    /// <summary>
    /// The verdict now. A proven one stays: what is proven at one look holds at every later one. Ratings beyond the largest number do not
    /// count.
    /// </summary>
    public ComparisonVerdict Judge()
    {
        if (_outcome == ComparisonOutcome.Continue) Decide();
        var n = PerArm;
        var mean = n == 0 ? 0 : (double)(_plus - _minus) / n;
        return new ComparisonVerdict(_outcome, _winner, mean, Bound(-1, mean), Bound(1, mean), n);
    }

    private void Decide()
    {
        var limit = Math.Log(1 / options.Alpha);
        double up = LogCapital(0, 1), down = LogCapital(0, -1);
        if (LogMean(up, down) >= limit) (_outcome, _winner) = (ComparisonOutcome.Superior, up > down ? "A" : "B");
        // both ends are excluded, each at alpha: a true difference at or beyond one of them is called equivalent with probability alpha
        else if (LogCapital(options.Margin, -1) >= limit && LogCapital(-options.Margin, 1) >= limit)
            _outcome = ComparisonOutcome.Equivalent;
        else if (PerArm >= options.MaxPerArm) _outcome = ComparisonOutcome.Inconclusive;
    }

    private void Pair()
    {
        while (_a.Count > 0 && _b.Count > 0)
        {
            var (a, b) = (_a.Dequeue(), _b.Dequeue());
            if (PerArm >= options.MaxPerArm) continue;
            if (a == b) _zero++;
            else if (a) _plus++;
            else _minus++;
        }
    }

    /// <summary>The logarithm of the capital against the mean m, betting that the mean is larger (side 1) or smaller (-1).</summary>
    private double LogCapital(double m, int side)
    {
        var sum = double.NegativeInfinity;
        foreach (var (stake, share) in Stakes)
        {
            var l = side * stake / (1 + Math.Abs(m)); // 1 + l (D - m) stays above 0
            sum = LogSum(sum, Math.Log(share) + _plus * Math.Log(1 + l * (1 - m)) + _zero * Math.Log(1 - l * m)
                + _minus * Math.Log(1 - l * (1 + m)));
        }
        return sum;
    }

    /// <summary>The end of the interval: the farthest mean on one side that the two-sided capital does not exclude.</summary>
    private double Bound(int side, double mean)
    {
        var limit = Math.Log(1 / options.Alpha);
        double inside = mean, outside = side;
        if (LogMean(LogCapital(outside, 1), LogCapital(outside, -1)) < limit) return outside;
        for (var i = 0; i < Steps; i++)
        {
            var middle = (inside + outside) / 2;
            if (LogMean(LogCapital(middle, 1), LogCapital(middle, -1)) < limit) inside = middle;
            else outside = middle;
        }
        return outside;
    }

    private static double LogMean(double a, double b) => LogSum(a, b) - Math.Log(2);

    private static double LogSum(double a, double b)
    {
        var max = Math.Max(a, b);
        return double.IsNegativeInfinity(max) ? max : max + Math.Log(Math.Exp(a - max) + Math.Exp(b - max));
    }
}
