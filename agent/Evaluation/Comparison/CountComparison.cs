namespace EdgeAgent.Evaluation.Comparison;

/// <summary>Ratings of one arm that say whether the matter was resolved.</summary>
internal readonly record struct ResolvedCount(long Resolved, long Of)
{
    public double Share => Of == 0 ? 0 : (double)Resolved / Of;
}

/// <summary>
/// Compares two shares from totals alone, for arms of any size, where the order of the ratings is lost. The likelihood of a mixture of
/// shares, divided by the largest likelihood that a supposed difference allows, is at most a martingale that starts at 1 (universal
/// inference, Wasserman, Ramdas and Balakrishnan 2020); it passes 1/alpha with probability alpha at most, however often somebody looks.
/// It needs about twice the ratings of <see cref="PairedComparison"/>. Pure.
/// </summary>
internal static class CountComparison
{
    private const int Steps = 40, SearchSteps = 60;

    /// <summary>Smallest and largest share that a likelihood is taken at.</summary>
    private const double Edge = 1e-9;

    public static ComparisonVerdict Judge(ResolvedCount a, ResolvedCount b, ComparisonOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ThrowIfImpossible(a);
        ThrowIfImpossible(b);
        var limit = Math.Log(1 / options.Alpha);
        var mixture = LogBeta(a) + LogBeta(b);
        bool Excludes(double difference) => mixture - LargestLog(a, b, difference) >= limit;
        var difference = a.Share - b.Share;
        var (low, high) = (Bound(difference, -1, Excludes), Bound(difference, 1, Excludes));
        var perArm = (int)Math.Min(Math.Min(a.Of, b.Of), int.MaxValue);
        var outcome = low > 0 || high < 0 ? ComparisonOutcome.Superior
            : low > -options.Margin && high < options.Margin ? ComparisonOutcome.Equivalent
            : perArm >= options.MaxPerArm ? ComparisonOutcome.Inconclusive : ComparisonOutcome.Continue;
        return new ComparisonVerdict(outcome, low > 0 ? "A" : high < 0 ? "B" : null, difference, low, high, perArm);
    }

    private static double Bound(double inside, int side, Func<double, bool> excludes)
    {
        double outside = side;
        if (!excludes(outside)) return outside;
        for (var i = 0; i < Steps; i++)
        {
            var middle = (inside + outside) / 2;
            if (excludes(middle)) outside = middle;
            else inside = middle;
        }
        return outside;
    }

    /// <summary>Largest log-likelihood with share p + difference in A and p in B: concave in p, so thirds find it.</summary>
    private static double LargestLog(ResolvedCount a, ResolvedCount b, double difference)
    {
        double low = Math.Max(0, -difference), high = Math.Min(1, 1 - difference);
        double At(double p) => Log(a, p + difference) + Log(b, p);
        for (var i = 0; i < SearchSteps; i++)
        {
            var (first, second) = (low + (high - low) / 3, high - (high - low) / 3);
            if (At(first) < At(second)) low = first;
            else high = second;
        }
        return At((low + high) / 2);
    }

    private static double Log(ResolvedCount count, double p)
    {
        p = Math.Clamp(p, Edge, 1 - Edge);
        return count.Resolved * Math.Log(p) + (count.Of - count.Resolved) * Math.Log(1 - p);
    }

    /// <summary>The likelihood's logarithm, averaged over shares with Jeffreys' prior: B(r + 1/2, n - r + 1/2) / B(1/2, 1/2).</summary>
    private static double LogBeta(ResolvedCount count) => LogGamma(count.Resolved + 0.5) + LogGamma(count.Of - count.Resolved + 0.5)
        - LogGamma(count.Of + 1) - Math.Log(Math.PI);

    /// <summary>Stirling's series behind a shift to 8 or more; error below 1e-12.</summary>
    private static double LogGamma(double x)
    {
        var shift = 0.0;
        for (; x < 8; x++) shift += Math.Log(x);
        var inverse = 1 / (x * x);
        return (x - 0.5) * Math.Log(x) - x + 0.5 * Math.Log(2 * Math.PI) - shift
            + (1.0 / 12 - inverse * (1.0 / 360 - inverse * (1.0 / 1260 - inverse * (1.0 / 1680 - inverse / 1188)))) / x;
    }

    private static void ThrowIfImpossible(ResolvedCount count)
    {
        if (count.Resolved < 0 || count.Resolved > count.Of)
            throw new ArgumentOutOfRangeException(nameof(count), $"expected 0..{count.Of} resolved; found {count.Resolved}");
    }
}
