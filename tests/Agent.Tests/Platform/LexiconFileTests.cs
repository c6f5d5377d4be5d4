using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Platform;

public sealed class LexiconFileTests
{
    private const string Opposites = """
        # A comment.
        [pairs]
        left | right          # a comment behind a group
        start, begin | stop

        [symbols]
        C#
        at the moment
        """;

    [Fact]
    public void Parse_SectionsGroupsAndComments_AreReadAsTheyStand()
    {
        var file = LexiconFile.Parse("words.txt", Opposites);
        Assert.Equal(["pairs", "symbols"], file.Sections);
        Assert.Equal([[["left"], ["right"]], [["start", "begin"], ["stop"]]], file.Sides("pairs"));
        Assert.Equal([["left", "right"], ["start", "begin", "stop"]], file.Groups("pairs"));
        Assert.Equal(["begin", "left", "right", "start", "stop"], file.Words("pairs").Order(StringComparer.Ordinal));
        Assert.Equal(["C#", "at the moment"], file.Entries("symbols"));
    }

    [Theory]
    [InlineData("word", "words.txt, line 1: 'word' stands before the first [section]")]
    [InlineData("[a]\n[a]", "words.txt, line 2: section [a] stands here twice")]
    [InlineData("[a", "words.txt, line 1: expected [section], found '[a'")]
    [InlineData("[a]\n\nx, y\n# z\nz | x", "words.txt, line 5: 'x' already stands in line 3")]
    [InlineData("[a]\nx,, y", "words.txt, line 2: a word is empty")]
    [InlineData("[a]\nx |", "words.txt, line 2: a word is empty")]
    [InlineData("[b]\nx", "words.txt: expected a section [a], found b")]
    public void Groups_Malformed_NamesFileLineAndReason(string text, string message) =>
        Assert.Equal(message,
            Assert.Throws<InvalidDataException>(() => LexiconFile.Parse("words.txt", text).Groups("a")).Message);

    [Fact]
    public void Entries_SameLineTwice_IsAnError() =>
        Assert.Equal("words.txt, line 3: 'x y' already stands in line 2",
            Assert.Throws<InvalidDataException>(() => LexiconFile.Parse("words.txt", "[a]\nx y\nx y").Entries("a")).Message);

    [Fact]
    public void Embedded_Missing_NamesTheFile() =>
        Assert.Equal("No/Such.txt: not embedded in EdgeAgent.Platform",
            Assert.Throws<InvalidDataException>(() => LexiconFile.Embedded(typeof(LexiconFile).Assembly, "No/Such.txt")).Message);
}
