using EdgeAgent.Answers.Matching;
using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Answers.Matching;

public sealed class QuestionReaderTests
{
    private static readonly Desensitizer Everything = Desensitizer.Create(new PrivacyOptions());

    /// <summary>A value counts as the same value whatever its number in the text, and nothing else tells it.</summary>
    [Fact]
    public void Read_SameValue_IsTheSameKeyWithoutTheValue()
    {
        Scrubbed one = Everything.Scrub("ring 13812345678"), same = Everything.Scrub("RING 13812345678?"),
            other = Everything.Scrub("ring 13987654321");
        Assert.Equal(one.Text, other.Text);
        Assert.Equal(QuestionReader.Read(one).Key, QuestionReader.Read(same).Key);
        Assert.NotEqual(QuestionReader.Read(one).Key, QuestionReader.Read(other).Key);
        Assert.DoesNotContain("13812345678", one.Matching, StringComparison.Ordinal);
    }

    /// <summary>The form of the word that stands for a value is known in two slices: this holds them together.</summary>
    [Fact]
    public void Read_Value_IsOneTokenThatIsKnownAsAStandIn()
    {
        var tokens = QuestionReader.Read(Everything.Scrub("ring 13812345678 now")).Tokens;
        Assert.Equal(3, tokens.Count);
        Assert.True(Scrubbed.IsStandIn(tokens[1]), tokens[1]);
        Assert.Equal("PHONE", Scrubbed.StandInType(tokens[1]));
        Assert.False(Scrubbed.IsStandIn(tokens[0]));
    }
}
