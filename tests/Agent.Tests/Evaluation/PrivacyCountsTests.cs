using EdgeAgent.Evaluation;
using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Evaluation;

public sealed class PrivacyCountsTests
{
    private static Finding Found(int start, int end, string type) => new(start, end, type, 1, "test", false);

    /// <summary>One name found exactly, one half found, a date that counts neither way, and a false alarm in a clean text.</summary>
    [Fact]
    public void Scores_OfKnownFindings_AreWhatTheRulesSay()
    {
        var counts = new PrivacyCounts();
        //                            0123456789012345678901234
        counts.Add(new LabelledText("Ann Lee met Bo Kay, 5 May", [(0, 7, "PER"), (12, 18, "PER"), (20, 25, "DATE_TIME")]),
            [Found(0, 7, EntityTypes.Person), Found(12, 14, EntityTypes.Person), Found(20, 25, EntityTypes.Phone)]);
        counts.Add(new LabelledText(new string('x', 1024), []), [Found(0, 3, EntityTypes.Person)]);
        var scores = counts.Scores(texts: 2, TimeSpan.FromMilliseconds(10));
        Assert.Equal((2, 1), (scores.Values, scores.Leaked));
        Assert.Equal(8.0 / 11, scores.CharacterPrecision, 9); // 6 + 2 of the 8 found in the first text, and 3 in the second
        Assert.Equal(8.0 / 11, scores.CharacterRecall, 9);
        Assert.Equal(1.0 / 3, scores.SpanPrecision, 9);
        Assert.Equal(1.0 / 2, scores.SpanRecall, 9);
        Assert.Equal(new TypeScore(1, 3, 2), Assert.Single(scores.ByType).Value);
        Assert.Equal(1, scores.FalseAlarmsPerKilobyte, 9);
        Assert.Equal(5, scores.MillisecondsPerText, 9);
    }
}
