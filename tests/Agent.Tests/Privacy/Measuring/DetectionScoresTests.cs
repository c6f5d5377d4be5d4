using EdgeAgent.Privacy.Measuring;

namespace EdgeAgent.Tests.Privacy.Measuring;

public sealed class DetectionScoresTests
{
    private static DetectionScores Score(string text, (int, int, string)[] labelled, params (int, int, string)[] found)
    {
        var scores = new DetectionScores();
        scores.Add(new LabelledText(text, labelled), found);
        return scores;
    }

    /// <summary>Types of data sets count as ours; a span half found leaks; marks do not count as characters.</summary>
    [Fact]
    public void Add_HalfFoundAndRightSpans_AreCountedByTypeAndCharacter()
    {
        var scores = Score("Ann B. in Rome", [(0, 6, "PER"), (10, 14, "GPE")], (0, 3, "PERSON"), (10, 14, "LOCATION"));
        Assert.Equal(new MatchCounts(0, 1, 1), scores.ByType["PERSON"]);
        Assert.Equal(new MatchCounts(1, 1, 1), scores.ByType["LOCATION"]);
        Assert.Equal(new MatchCounts(7, 7, 8), scores.Characters);
        Assert.Equal(new MatchCounts(1, 2, 2), scores.Spans);
        Assert.Equal(1, scores.Leaked);
    }

    /// <summary>Dates and titles count neither way.</summary>
    [Fact]
    public void Add_UncountedType_CountsNeitherWay()
    {
        var scores = Score("Dr. Ann 2024", [(0, 3, "TITLE"), (4, 7, "PERSON"), (8, 12, "DATE_TIME")], (4, 7, "PERSON"), (8, 12, "PHONE"));
        Assert.Equal(new MatchCounts(3, 3, 3), scores.Characters);
        Assert.Equal(new MatchCounts(1, 1, 1), scores.Spans);
        Assert.Equal(0, scores.Leaked);
    }

    [Fact]
    public void Add_TextWithoutLabels_CountsFalseAlarms()
    {
        var scores = Score("扭矩25", [], (0, 2, "PERSON"));
        Assert.Equal((1, 8L), (scores.FalseAlarms, scores.CleanBytes));
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(1, 2, 4, 1, 1 / 3.0)]
    [InlineData(1, 2, 4, 2, 5 / 18.0)]
    public void F_Counts_IsTheFMeasure(long right, long found, long expected, double beta, double f = 0) =>
        Assert.Equal(f, new MatchCounts(right, found, expected).F(beta), 12);
}
