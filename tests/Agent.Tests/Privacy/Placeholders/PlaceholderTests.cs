using EdgeAgent.Privacy.Placeholders;

namespace EdgeAgent.Tests.Privacy.Placeholders;

public sealed class PlaceholderTests
{
    [Theory]
    [InlineData("<PERSON_1>", 10, 0)]
    [InlineData("<CN_ID_12> x", 10, 0)]
    [InlineData("<__A_1>", 7, 2)]
    [InlineData("<PERSON_", -1, 0)]
    [InlineData("<", -1, 0)]
    [InlineData("<p", 0, 0)]
    [InlineData("<PERSON>", 0, 0)]
    [InlineData("<PERSON_x>", 0, 0)]
    [InlineData("<A_123456789>", 0, 0)]
    [InlineData("x", 0, 0)]
    public void Match_Shape_IsRecognizedOrHeldOrNone(string text, int length, int underscores)
    {
        Assert.Equal(length, Placeholder.Match(text, out var found));
        if (length > 0) Assert.Equal(underscores, found);
    }
}
