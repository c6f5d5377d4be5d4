using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Measuring;

namespace EdgeAgent.Tests.Privacy.Measuring;

public sealed class PrivacyScoresTests
{
    /// <summary>One name found exactly, one half found, a date that counts neither way, and a false alarm in a clean text.</summary>
    [Fact]
    public void Of_KnownFindings_AreWhatTheRulesSay()
    {
        var counts = new DetectionScores();
        //                            0123456789012345678901234
        counts.Add(new LabelledText("Ann Lee met Bo Kay, 5 May", [(0, 7, "PER"), (12, 18, "PER"), (20, 25, "DATE_TIME")]),
            [(0, 7, EntityTypes.Person), (12, 14, EntityTypes.Person), (20, 25, EntityTypes.Phone)]);
        counts.Add(new LabelledText(new string('x', 1024), []), [(0, 3, EntityTypes.Person)]);
        var scores = PrivacyScores.Of(counts, texts: 2, TimeSpan.FromMilliseconds(10));
        Assert.Equal((2, 1), (scores.Values, scores.Leaked));
        Assert.Equal(8.0 / 11, scores.CharacterPrecision, 9); // 6 + 2 of the 8 found in the first text, and 3 in the second
        Assert.Equal(8.0 / 11, scores.CharacterRecall, 9);
        Assert.Equal(1.0 / 3, scores.SpanPrecision, 9);
        Assert.Equal(1.0 / 2, scores.SpanRecall, 9);
        Assert.Equal(new MatchCounts(1, 3, 2), Assert.Single(scores.ByType).Value);
        Assert.Equal(1, scores.FalseAlarmsPerKilobyte, 9);
        Assert.Equal(5, scores.MillisecondsPerText, 9);
    }
}
