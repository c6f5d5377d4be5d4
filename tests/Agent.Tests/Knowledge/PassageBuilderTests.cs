using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Reading;

namespace EdgeAgent.Tests.Knowledge;

public sealed class PassageBuilderTests
{
    private static Block Heading(int level, string text, int? page = 1) => new(BlockKind.Heading, text, page) { Level = level };

    private static Block Text(string text, int? page = 1) => new(BlockKind.Text, text, page);

    [Fact]
    public void Build_Sections_FollowTheHeadings() => Assert.Equal(["1 A: a", "1 A > 1.1 B: b", "1 A > 1.2 C: c", "2 D: d"],
        PassageBuilder.Build([Heading(1, "1 A"), Text("a"), Heading(2, "1.1 B"), Text("b"), Heading(2, "1.2 C"), Text("c"),
            Heading(1, "2 D"), Text("d")]).Select(p => $"{p.Section}: {p.Text}"));

    [Fact]
    public void Build_PageOrRecord_BeginsAnotherPassage() => Assert.Equal(
        [(1, "a\nb", null), (2, "c", null), (2, "k", "K1"), (2, "d", null)],
        PassageBuilder.Build([Text("a"), Text("b"), Text("c", 2), new Block(BlockKind.Row, "k", 2) { Key = "K1" }, Text("d", 2)])
            .Select(p => (p.Page!.Value, p.Text, p.Key)));

    [Fact]
    public void Build_LongText_IsCutBehindSentencesWithinTheBound()
    {
        var text = string.Join(' ', Enumerable.Range(0, 100).Select(i => $"Sentence number {i} of the long paragraph."));
        var passages = PassageBuilder.Build([Text(text)]);
        Assert.All(passages, p => Assert.True(p.Text.Length <= 1000 && p.Text.EndsWith('.'), p.Text));
        Assert.Equal(text, string.Join(' ', passages.Select(p => p.Text)));
    }

    /// <summary>A place in the document's text is the passage's own: what is cited can be found again.</summary>
    [Fact]
    public void Build_Starts_ArePlacesInTheDocument()
    {
        Block[] blocks = [Heading(1, "Title"), Text("first paragraph"), Text("second", 2), Heading(2, "Empty", 2), Heading(2, "Sub", 2),
            Text("third", 2)];
        var whole = string.Join('\n', blocks.Select(b => b.Text));
        Assert.All(PassageBuilder.Build(blocks), p => Assert.Equal(p.Text, whole.Substring(p.Start, p.Text.Length)));
    }

    [Fact]
    public void Build_HeadingWithoutText_IsFoundByItself() =>
        Assert.Contains(PassageBuilder.Build([Heading(1, "A"), Text("a"), Heading(1, "Wiring diagram", 7), Heading(1, "B"), Text("b")]),
            p => p is { Text: "Wiring diagram", Page: 7 });
}
