using EdgeAgent.Knowledge;

namespace EdgeAgent.Tests.Knowledge;

/// <summary>The page of a citation with its lines marked.</summary>
public sealed class PageTextTests
{
    private static readonly SourceDocument Lathe = new("lathe.pdf", "Lathe", "v1", "en");

    private static readonly Passage[] Passages =
    [
        new("The lathe is cleaned every shift.", 46, "6 Maintenance > 6.2 Cleaning", 100),
        new("Tighten the chuck bolts M12 to 85 Nm.", 47, "6 Maintenance > 6.3 Torques", 200),
        new("Joint: Motor; Torque (Nm): 45\nJoint: Guard; Torque (Nm): 8", 47, "6 Maintenance > 6.3 Torques", 300),
        new("Fill in 2.5 l.", 47, "6 Maintenance > 6.5 Lubrication", 400),
    ];

    [Fact]
    public void Of_Citation_IsItsPageWithTheLinesMarked()
    {
        var page = PageText.Of(Lathe, Passages, 330, 358)!;
        Assert.Equal((47, "6 Maintenance > 6.3 Torques"), (page.Page, page.Section));
        Assert.Equal("6.3 Torques\nTighten the chuck bolts M12 to 85 Nm.\nJoint: Motor; Torque (Nm): 45\nJoint: Guard; Torque (Nm): 8\n"
            + "6.5 Lubrication\nFill in 2.5 l.\n", page.Text);
        var (start, end) = Assert.Single(page.Marks);
        Assert.Equal("Joint: Guard; Torque (Nm): 8", page.Text[start..end]);
    }

    [Fact]
    public void Of_LinesOverTwoPassages_MarksBoth()
    {
        var page = PageText.Of(Lathe, Passages, 229, 305)!;
        Assert.Equal(["M12 to 85 Nm."[5..], "Joint"], page.Marks.Select(m => page.Text[m.Start..m.End]));
    }

    [Fact]
    public void Of_FormatWithoutPages_IsTheSectionAndStaysBounded()
    {
        Passage[] section = [.. Enumerable.Range(0, 400).Select(i => new Passage(new string('x', 999), null, "1 A", 1000 * i)),
            new Passage("other", null, "2 B", 400_000)];
        var page = PageText.Of(Lathe, section, 200_000, 200_010)!;
        Assert.InRange(page.Text.Length, 30_000, PageText.MaxLength + 100);
        Assert.Equal("xxxxxxxxxx", page.Text[page.Marks[0].Start..page.Marks[0].End]);
        Assert.Equal("2 B\nother\n", PageText.Of(Lathe, section, 400_002, 400_003)!.Text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    [InlineData(237)]
    [InlineData(int.MaxValue)]
    public void Of_NoSuchPlace_IsNothing(int start) => Assert.Null(PageText.Of(Lathe, Passages, start, start));

    [Fact]
    public void OfPage_ByNumber_HasNoMarks()
    {
        Assert.Empty(PageText.OfPage(Lathe, Passages, 46)!.Marks);
        Assert.Null(PageText.OfPage(Lathe, Passages, 48));
    }
}
