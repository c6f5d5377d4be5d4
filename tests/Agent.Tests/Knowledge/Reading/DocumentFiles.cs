using System.IO.Compression;
using System.Text;

namespace EdgeAgent.Tests.Knowledge.Reading;

/// <summary>Makes files of the office formats for tests.</summary>
internal static class DocumentFiles
{
    private const string Space = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";

    public static byte[] Word(string body, string styles = "") => Zip(
        ("word/document.xml", $"<w:document {Space}><w:body>{body}</w:body></w:document>"),
        ("word/styles.xml", $"<w:styles {Space}><w:style w:styleId=\"H1\"><w:name w:val=\"heading 1\"/></w:style>"
            + $"<w:style w:styleId=\"H2\"><w:name w:val=\"heading 2\"/></w:style>{styles}</w:styles>"));

    public static string Paragraph(string text, string? style = null) =>
        $"<w:p>{(style is null ? "" : $"<w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>")}<w:r><w:t>{text}</w:t></w:r></w:p>";

    public static string Row(params string[] cells) =>
        $"<w:tr>{string.Concat(cells.Select(c => $"<w:tc>{Paragraph(c)}</w:tc>"))}</w:tr>";

    public static byte[] Zip(params (string Name, string Content)[] parts)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in parts)
            {
                using var part = archive.CreateEntry(name, CompressionLevel.SmallestSize).Open();
                part.Write(Encoding.UTF8.GetBytes(content));
            }
        return stream.ToArray();
    }
}
