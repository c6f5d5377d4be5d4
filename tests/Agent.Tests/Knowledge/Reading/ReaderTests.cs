using System.Text;
using EdgeAgent.Knowledge.Reading;
using static EdgeAgent.Tests.Knowledge.Reading.DocumentFiles;

namespace EdgeAgent.Tests.Knowledge.Reading;

/// <summary>The formats that are text: one small manual in each.</summary>
public sealed class ReaderTests
{
    /// <summary>Blocks as kind, level or key, text.</summary>
    private static IEnumerable<string> Blocks(DocumentText text) =>
        text.Blocks.Select(b => $"{b.Kind}{(b.Level > 0 ? b.Level : "")}{(b.Key is null ? "" : $" [{b.Key}]")}: {b.Text}");

    private static readonly string[] Manual =
    [
        "Heading1: Lathe", "Heading2: Torques", "Text: Tighten M8 bolts to 25 Nm.", "Row [SP-14]: Code: SP-14; Meaning: Spindle drive hot",
        "Row [SP-15]: Code: SP-15; Meaning: Speed lost",
    ];

    [Fact]
    public void Markdown_HeadingsTextAndTable_AreBlocks()
    {
        var text = new MarkdownReader().Read("m.md", """
            # Lathe
            ## Torques
            Tighten **M8** bolts
            to [25 Nm](torque.html).

            | Code | Meaning |
            |---|:---:|
            | SP-14 | Spindle drive hot |
            | SP-15 | Speed lost |
            """u8.ToArray());
        Assert.Equal(Manual, Blocks(text));
        Assert.Equal("Lathe", text.Title);
    }

    [Fact]
    public void Html_HeadingsTextAndTable_AreBlocksAndTheRestIsNot()
    {
        var text = new HtmlReader().Read("m.html", """
            <html><head><title>Lathe manual</title><style>p{}</style></head><body><nav>Home | Up</nav><h1>Lathe</h1>
            <h2>Torques<a href="#t">¶</a></h2><p>Tighten <b>M8</b> bolts
             to 25&nbsp;Nm.</p><script>alert(1)</script>
            <table><tr><th>Code</th><th>Meaning</th></tr><tr><td>SP-14</td><td>Spindle drive hot</td></tr>
            <tr><td>SP-15<td>Speed lost</table><footer>Copyright</footer></body></html>
            """u8.ToArray());
        Assert.Equal(Manual, Blocks(text));
        Assert.Equal("Lathe manual", text.Title);
    }

    [Fact]
    public void Word_HeadingsTextAndTable_AreBlocks()
    {
        var body = Paragraph("Lathe", "H1") + Paragraph("Torques", "H2")
            + "<w:p><w:r><w:t xml:space=\"preserve\">Tighten M8 </w:t></w:r><w:del><w:r><w:t>old </w:t></w:r></w:del>"
            + "<w:r><w:t>bolts to 25 Nm.</w:t></w:r></w:p>"
            + $"<w:tbl>{Row("Code", "Meaning")}{Row("SP-14", "Spindle drive hot")}{Row("SP-15", "Speed lost")}</w:tbl>";
        Assert.Equal(Manual, Blocks(new WordReader().Read("m.docx", Word(body))));
    }

    [Fact]
    public void Word_PageBreaks_AreCounted()
    {
        var text = new WordReader().Read("m.docx", Word(Paragraph("one") + "<w:p><w:r><w:br w:type=\"page\"/><w:t>two</w:t></w:r></w:p>"));
        Assert.Equal([(null, "one"), (2, "two")], text.Blocks.Select(b => (b.Page, b.Text)));
    }

    [Fact]
    public void PlainText_NumberedHeadingsAndFormFeeds_AreSectionsAndPages()
    {
        var text = new PlainTextReader().Read("m.txt",
            "LATHE\n=====\n\n1.2 Torques\n\nTighten M8 bolts\nto 25 Nm.\n\fSecond page.\n"u8.ToArray());
        Assert.Equal(["Heading1: LATHE", "Heading2: 1.2 Torques", "Text: Tighten M8 bolts to 25 Nm.", "Text: Second page."], Blocks(text));
        Assert.Equal([1, 1, 1, 2], text.Blocks.Select(b => b.Page));
    }

    [Theory]
    [InlineData("Code,Meaning\nSP-14,\"hot, very \"\"hot\"\"\"\r\nSP-15,lost\n")]
    [InlineData("Code;Meaning\nSP-14;hot, very \"hot\"\nSP-15;lost")]
    [InlineData("Code\tMeaning\nSP-14\thot, very \"hot\"\nSP-15\tlost")]
    public void TableFile_EverySeparator_IsRecords(string csv) => Assert.Equal(
        ["Row [SP-14]: Code: SP-14; Meaning: hot, very \"hot\"", "Row [SP-15]: Code: SP-15; Meaning: lost"],
        Blocks(new TableFileReader().Read("a.csv", Encoding.UTF8.GetBytes(csv))));

    [Fact]
    public void ChinesePartsList_IsRecordsByPartNumber() => Assert.Equal(
        ["Row [6204-2RS]: 件号: 6204-2RS; 名称: 深沟球轴承; 数量: 2"],
        Blocks(new TableFileReader().Read("a.csv", "件号,名称,数量\n6204-2RS,深沟球轴承,2\n"u8.ToArray())));
}
