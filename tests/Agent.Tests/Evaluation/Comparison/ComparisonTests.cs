using EdgeAgent.Evaluation.Comparison;

namespace EdgeAgent.Tests.Evaluation.Comparison;

/// <summary>Verdicts that hold however often somebody looks, by simulation with fixed seeds.</summary>
public sealed class ComparisonTests
{
    /// <summary>Rated answers an arm and day; a look each day.</summary>
    private const int Daily = 20;

    [Fact]
    public void PairedComparison_NoDifference_IsWrongInAtMostOneOfTwenty()
    {
        const int experiments = 1000;
        var wrong = Enumerable.Range(0, experiments).Count(e => Run(0.75, 0.75, days: 100, seed: e).Outcome == ComparisonOutcome.Superior);
        Assert.True(wrong <= experiments / 20, $"{wrong} of {experiments}");
    }

    /// <summary>A true difference of just the margin must not be called equivalent.</summary>
    [Fact]
    public void PairedComparison_DifferenceOfTheMargin_IsRarelyCalledEquivalent()
    {
        const int experiments = 1000;
        var wrong = Enumerable.Range(0, experiments).Count(e =>
            Run(0.80, 0.75, days: 100, seed: e).Outcome == ComparisonOutcome.Equivalent);
        Assert.True(wrong <= experiments / 20, $"{wrong} of {experiments}");
    }

    [Fact]
    public void PairedComparison_TenPoints_NamesTheWinnerWithinFourHundred()
    {
        const int experiments = 1000;
        var runs = Enumerable.Range(0, experiments).Select(e => Run(0.70, 0.80, days: 250, seed: e)).ToList();
        var named = runs.Select(r => r.Winner == "B" ? r.PerArm : int.MaxValue).Order().ToList();
        TestContext.Current.TestOutputHelper?.WriteLine($"median {named[experiments / 2]} rated answers an arm");
        Assert.True(named[experiments / 2] <= 400, $"median {named[experiments / 2]}");
        Assert.True(runs.Count(r => r.Winner == "A") <= experiments / 20);
    }

    [Fact]
    public void PairedComparison_NoDifference_IsFoundEquivalentInTheEnd()
    {
        var runs = Enumerable.Range(0, 100).Select(e => Run(0.8, 0.8, days: 250, seed: e).Outcome).ToList();
        Assert.True(runs.Count(r => r == ComparisonOutcome.Equivalent) >= 80, string.Join(' ', runs.CountBy(r => r)));
    }

    /// <summary>The interval covers the truth at every look together, in 95 of 100 experiments.</summary>
    [Fact]
    public void PairedComparison_Interval_CoversTheTruthAtAllLooks()
    {
        var missed = Enumerable.Range(0, 300).Count(e =>
        {
            var comparison = new PairedComparison(new ComparisonOptions());
            var random = new Random(e);
            for (var day = 0; day < 50; day++)
            {
                Rate(comparison, random, 0.72, 0.60);
                var verdict = comparison.Judge();
                if (verdict.Low > 0.12 || verdict.High < 0.12) return true;
            }
            return false;
        });
        Assert.True(missed <= 15, $"{missed} of 300");
    }

    [Fact]
    public void PairedComparison_FewOrUnevenRatings_Continues()
    {
        var comparison = new PairedComparison(new ComparisonOptions());
        Assert.Equal((ComparisonOutcome.Continue, 0, -1.0, 1.0),
            (comparison.Judge().Outcome, comparison.PerArm, comparison.Judge().Low, comparison.Judge().High));
        for (var i = 0; i < 1000; i++) comparison.AddA(true); // B has none: no pair
        Assert.Equal(ComparisonOutcome.Continue, comparison.Judge().Outcome);
        for (var i = 0; i < 40; i++) comparison.AddB(false);
        Assert.Equal("A", comparison.Judge().Winner);
    }

    [Fact]
    public void PairedComparison_LargestNumberIsReached_IsInconclusive()
    {
        var comparison = new PairedComparison(new ComparisonOptions(MaxPerArm: 50));
        for (var i = 0; i < 60; i++)
        {
            comparison.AddA(i % 2 == 0);
            comparison.AddB(i % 2 == 1);
        }
        Assert.Equal((ComparisonOutcome.Inconclusive, 50), (comparison.Judge().Outcome, comparison.PerArm));
    }

    [Fact]
    public void CountComparison_NoDifference_IsWrongInAtMostOneOfTwenty()
    {
        const int experiments = 1000;
        var wrong = Enumerable.Range(0, experiments).Count(e =>
            RunCounts(0.75, 0.75, days: 40, seed: e) is { Outcome: ComparisonOutcome.Superior });
        Assert.True(wrong <= experiments / 20, $"{wrong} of {experiments}");
    }

    [Fact]
    public void CountComparison_LargeDifference_IsNamed()
    {
        var verdict = CountComparison.Judge(new ResolvedCount(800, 1000), new ResolvedCount(200, 400), new ComparisonOptions());
        Assert.Equal(("A", 400), (verdict.Winner, verdict.PerArm));
        Assert.InRange(0.3, verdict.Low, verdict.High);
        Assert.True(verdict.Low > 0.1);
        Assert.Equal(ComparisonOutcome.Equivalent,
            CountComparison.Judge(new ResolvedCount(16_000, 20_000), new ResolvedCount(16_010, 20_000), new ComparisonOptions()).Outcome);
        Assert.Equal((ComparisonOutcome.Continue, -1.0, 1.0), Ends(CountComparison.Judge(default, default, new ComparisonOptions())));
        Assert.Equal(ComparisonOutcome.Continue,
            CountComparison.Judge(new ResolvedCount(5, 5), new ResolvedCount(4, 5), new ComparisonOptions()).Outcome);
    }

    [Fact]
    public void CountComparison_Swapped_SaysTheSameOfTheOther()
    {
        var (a, b) = (new ResolvedCount(130, 200), new ResolvedCount(260, 300));
        var (one, other) = (CountComparison.Judge(a, b, new ComparisonOptions()), CountComparison.Judge(b, a, new ComparisonOptions()));
        Assert.Equal(one.Low, -other.High, 6);
        Assert.Equal(one.High, -other.Low, 6);
    }

    private static (ComparisonOutcome, double, double) Ends(ComparisonVerdict v) => (v.Outcome, v.Low, v.High);

    private static ComparisonVerdict Run(double a, double b, int days, int seed)
    {
        var comparison = new PairedComparison(new ComparisonOptions());
        var random = new Random(seed);
        for (var day = 0; day < days; day++)
        {
            Rate(comparison, random, a, b);
            if (comparison.Judge() is { Outcome: not ComparisonOutcome.Continue } verdict) return verdict;
        }
        return comparison.Judge();
    }

    private static void Rate(PairedComparison comparison, Random random, double a, double b)
    {
        for (var i = 0; i < Daily; i++)
        {
            comparison.AddA(random.NextDouble() < a);
            comparison.AddB(random.NextDouble() < b);
        }
    }

    private static ComparisonVerdict RunCounts(double a, double b, int days, int seed)
    {
        var random = new Random(seed);
        var (wonA, wonB, n) = (0, 0, 0);
        ComparisonVerdict verdict = null!;
        for (var day = 0; day < days; day++)
        {
            for (var i = 0; i < Daily; i++, n++)
            {
                if (random.NextDouble() < a) wonA++;
                if (random.NextDouble() < b) wonB++;
            }
            verdict = CountComparison.Judge(new ResolvedCount(wonA, n), new ResolvedCount(wonB, n), new ComparisonOptions());
            if (verdict.Outcome != ComparisonOutcome.Continue) return verdict;
        }
        return verdict;
    }
}
