using System.Text;
using EdgeAgent.Knowledge.Reading;
using static EdgeAgent.Tests.Knowledge.Reading.DocumentFiles;

namespace EdgeAgent.Tests.Knowledge.Reading;

/// <summary>Broken and hostile files: each ends with one reason or a text, none with another exception.</summary>
public sealed class HostileDocumentTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    private string Put(string name, byte[] content)
    {
        var path = _root.File(name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private string Refused(string name, byte[] content)
    {
        var message = Assert.Throws<DocumentException>(() => DocumentReaders.Read(Put(name, content))).Message;
        Assert.StartsWith($"{name}: expected ", message, StringComparison.Ordinal);
        return message;
    }

    [Fact]
    public void ZipBomb_IsRefusedWhileItUnpacks()
    {
        var message = Refused("bomb.docx", Zip(("word/document.xml", new string(' ', 40 << 20))));
        Assert.Contains("ZIP bomb", message, StringComparison.Ordinal);
    }

    [Fact]
    public void ExternalEntity_IsRefused() => Refused("xxe.docx", Zip(("word/document.xml",
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><w:document xmlns:w=\"x\">&x;</w:document>")));

    [Fact]
    public void DeepWord_IsRefused() => Assert.Contains("512", Refused("deep.docx",
        Word(string.Concat(Enumerable.Repeat("<w:p>", 600)) + string.Concat(Enumerable.Repeat("</w:p>", 600)))), StringComparison.Ordinal);

    [Fact]
    public void DeepHtml_IsReadOrRefused()
    {
        var path = Put("deep.html", Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("<div>", 2000)) + "text"));
        var outcome = Record.Exception(() => Assert.Contains(DocumentReaders.Read(path).Blocks, b => b.Text == "text"));
        Assert.True(outcome is null or DocumentException, outcome?.ToString());
    }

    [Theory]
    [InlineData("a.pdf", "%PDF-1.7\nnothing")]
    [InlineData("a.docx", "PK not a zip")]
    [InlineData("a.doc", "old word")]
    [InlineData("a.txt", "")]
    [InlineData("a.csv", "code,text\n1,\"never closed")]
    public void Garbage_IsRefused(string name, string content) => Refused(name, Encoding.ASCII.GetBytes(content));

    [Fact]
    public void OtherEncoding_IsRefusedWithItsLine() =>
        Assert.Contains("GBK", Refused("a.md", [.. "ok\n"u8, 0xD6, 0xF7, 0xD6, 0xE1]), StringComparison.Ordinal);

    /// <summary>Cut, flipped and repeated bytes of good files.</summary>
    [Theory]
    [InlineData("a.pdf")]
    [InlineData("a.docx")]
    [InlineData("a.html")]
    [InlineData("a.md")]
    [InlineData("a.csv")]
    public void DamagedFiles_EndWithAReasonOrAText(string name)
    {
        var good = name switch
        {
            "a.pdf" => new HandMadePdf().Page(HandMadePdf.Text(50, 700, "6.3 Torques"), HandMadePdf.Line(0, 500, 20)).Build(),
            "a.docx" => Word(Paragraph("Lathe", "H1") + $"<w:tbl>{Row("Code", "x")}{Row("SP-14", "y")}</w:tbl>"),
            "a.html" => "<h1>a</h1><table><tr><td>1<td>2</table><p>x"u8.ToArray(),
            "a.md" => "# a\n|a|b|\n|-|-|\n|1|2|\n```\ncode\n```\ntext **b** [l](u)\n"u8.ToArray(),
            _ => "code;x\n\"a\"\"b\";2\n"u8.ToArray(),
        };
        var random = new Random(21);
        for (var i = 0; i < 60; i++)
        {
            var bytes = (byte[])good.Clone();
            for (var k = random.Next(1, 6); k > 0; k--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (i % 3 == 0) bytes = bytes[..random.Next(1, bytes.Length)];
            try
            {
                Assert.NotNull(DocumentReaders.Read(Put(name, bytes)).Blocks);
            }
            catch (DocumentException e)
            {
                Assert.StartsWith(name, e.Message, StringComparison.Ordinal);
            }
        }
    }
}
