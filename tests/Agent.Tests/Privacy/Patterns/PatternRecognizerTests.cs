using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy.Patterns;

public sealed class PatternRecognizerTests
{
    private static readonly Desensitizer Patterns = new(new PrivacyOptions(), entities: null);

    /// <summary>A refused match does not hide the right one that begins inside it.</summary>
    [Fact]
    public void Find_RightOneInsideARefusedMatch_IsFound()
    {
        const string text = "qty 25 4111 1111 1111 1111";
        var finding = Assert.Single(Patterns.Find(text));
        Assert.Equal("4111 1111 1111 1111", text[finding.Start..finding.End]);
    }
}
