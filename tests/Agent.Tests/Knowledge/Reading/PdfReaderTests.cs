using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Reading;
using static EdgeAgent.Tests.Knowledge.Reading.HandMadePdf;

namespace EdgeAgent.Tests.Knowledge.Reading;

public sealed class PdfReaderTests
{
    private static DocumentText Read(HandMadePdf pdf) => new PdfReader().Read("manual.pdf", pdf.Build());

    private static IEnumerable<string> Texts(DocumentText text) => text.Blocks.Select(b => b.Text);

    [Fact]
    public void Read_HeadingsAndParagraphs_KeepPageAndSection()
    {
        var text = Read(new HandMadePdf { Title = "Lathe manual" }
            .Page(Text(50, 780, "6 Maintenance", 16), Text(50, 750, "Maintenance is for trained staff. It is done with the power"),
                Text(50, 738, "switched off and locked."), Text(50, 700, "6.3 Torques", 13),
                Text(50, 680, "The bolts M8 are tightened to 25 Nm."))
            .Page(Text(50, 780, "Check the torque again after 50 hours of operation.")));
        Assert.Equal(("Lathe manual", 2), (text.Title, text.Pages));
        Assert.Empty(text.Problems);
        var passages = PassageBuilder.Build(text.Blocks);
        Assert.Equal(
        [
            ("6 Maintenance", 1, "Maintenance is for trained staff. It is done with the power switched off and locked."),
            ("6 Maintenance > 6.3 Torques", 1, "The bolts M8 are tightened to 25 Nm."),
            ("6 Maintenance > 6.3 Torques", 2, "Check the torque again after 50 hours of operation."),
        ], passages.Select(p => (p.Section, p.Page!.Value, p.Text)));
    }

    [Fact]
    public void Read_BoldNote_BeginsNoSection()
    {
        var text = Read(new HandMadePdf().Page(Text(50, 780, "6.3 Torques", 16), Text(50, 700, "Warning", 10, true),
            Text(50, 680, "Use a calibrated wrench."), Text(50, 640, "Cleaning", 10, true), Text(50, 620, "Use a brush.")));
        Assert.Equal(["6.3 Torques", "6.3 Torques > Cleaning"], PassageBuilder.Build(text.Blocks).Select(p => p.Section));
    }

    [Fact]
    public void Read_TwoColumns_ReadsOneAfterTheOther()
    {
        var left = Enumerable.Range(0, 8).Select(i => Text(50, 700 - 12 * i, $"left column line number {i} goes on and", 9));
        var right = Enumerable.Range(0, 8).Select(i => Text(310, 700 - 12 * i, $"right column line number {i} goes on and", 9));
        var text = string.Join(' ', Texts(Read(new HandMadePdf()
            .Page([Text(50, 760, "A heading over both of the columns of this page", 16),
                .. left.Zip(right).SelectMany(p => new[] { p.First, p.Second })]))));
        Assert.True(text.IndexOf("left column line number 7", StringComparison.Ordinal)
            < text.IndexOf("right column line number 0", StringComparison.Ordinal), text);
        Assert.StartsWith("A heading over both", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TableOfAlarms_IsRowsWithTheirHeadingsAndKeys()
    {
        string Row(double y, string code, string meaning, string remedy) =>
            $"{Text(50, y, code)}\n{Text(130, y, meaning)}\n{Text(330, y, remedy)}";
        var text = Read(new HandMadePdf()
            .Page(Text(50, 760, "7 Alarms", 16), Text(50, 700, "Code", 10, true), Text(130, 700, "Meaning", 10, true),
                Text(330, 700, "Remedy", 10, true), Row(680, "SP-14", "Spindle drive overheated", "Clean the filter of the fan"),
                Text(330, 668, "and wait 10 minutes"),
                Row(650, "SP-15", "Spindle speed lost", "Check the encoder cable X3:7")));
        var rows = text.Blocks.Where(b => b.Kind == BlockKind.Row).ToList();
        Assert.Equal(
        [
            ("SP-14", "Code: SP-14; Meaning: Spindle drive overheated; Remedy: Clean the filter of the fan and wait 10 minutes"),
            ("SP-15", "Code: SP-15; Meaning: Spindle speed lost; Remedy: Check the encoder cable X3:7"),
        ], rows.Select(r => (r.Key!, r.Text)));
        Assert.All(PassageBuilder.Build(text.Blocks), p => Assert.Equal("7 Alarms", p.Section));
    }

    [Fact]
    public void Read_RunningHeadsAndFeet_AreLeftOut()
    {
        var pdf = new HandMadePdf();
        for (var page = 1; page <= 4; page++)
            pdf.Page(Text(50, 810, "Lathe LX-200 operating manual", 8),
                Text(50, 600, $"Page body with its own words {new string((char)('a' + page), 5)}."), Text(290, 30, $"{page}", 8));
        var text = string.Join('\n', Texts(Read(pdf)));
        Assert.DoesNotContain("operating manual", text, StringComparison.Ordinal);
        Assert.Equal(4, text.Split('\n').Length);
        Assert.Contains("ccccc", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ListOfContents_IsLeftOut()
    {
        var lines = Enumerable.Range(1, 10).Select(i => Text(50, 700 - 14 * i, $"{i} Chapter of the manual ................ {i * 3}"));
        var text = Read(new HandMadePdf().Page([Text(50, 720, "Contents", 16), .. lines])
            .Page(Text(50, 700, "The body of the manual stands here.")));
        Assert.Equal(["The body of the manual stands here."], Texts(text));
    }

    [Fact]
    public void Read_Chinese_KeepsTextTogether()
    {
        var text = Read(new HandMadePdf().Page(Text(50, 780, "第6章 维护", 16), Text(50, 740, "主轴螺栓的拧紧力矩为 40 N·m，每运行五百小时检"),
            Text(50, 726, "查一次。")));
        Assert.Equal(["第6章 维护", "主轴螺栓的拧紧力矩为 40 N·m，每运行五百小时检查一次。"], Texts(text));
        Assert.Equal(BlockKind.Heading, text.Blocks[0].Kind);
    }

    [Fact]
    public void Read_ScannedPage_IsNamedAndTheOthersAreRead()
    {
        var text = Read(new HandMadePdf().Page(Text(50, 700, "The first page has text.")).Page(Picture));
        var problem = Assert.Single(text.Problems);
        Assert.Equal(2, problem.Page);
        Assert.Contains("scanned", problem.Problem, StringComparison.Ordinal);
        Assert.Single(text.Blocks);
    }

    [Fact]
    public void Read_FontWithoutCharacters_IsNamed()
    {
        var text = Read(new HandMadePdf { HasCharacterMap = false }.Page(Text(50, 700, "\u0001\u0002\u0003\u0004\u0005")));
        Assert.Contains(text.Problems, p => p.Page == 1 && p.Problem.Contains("font", StringComparison.Ordinal));
        Assert.Empty(text.Blocks);
    }

    [Fact]
    public void Read_Encrypted_SaysSo()
    {
        var error = Assert.Throws<DocumentException>(() => Read(new HandMadePdf { IsEncrypted = true }.Page(Text(50, 700, "secret"))));
        Assert.Contains("encrypted", error.Message, StringComparison.Ordinal);
    }
}
