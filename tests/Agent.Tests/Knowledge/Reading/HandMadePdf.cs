using System.Globalization;
using System.Text;

namespace EdgeAgent.Tests.Knowledge.Reading;

/// <summary>
/// Writes small PDF files object by object, so that a test says what stands where, and what is wrong with a file. One font, whose
/// characters are two bytes of UTF-16 (Identity-H with a ToUnicode map), so Chinese needs no font file.
/// </summary>
internal sealed class HandMadePdf
{
    private readonly List<string> _pages = [];

    /// <summary>Whether the font says which characters its codes are.</summary>
    public bool HasCharacterMap { get; init; } = true;

    public bool IsEncrypted { get; init; }

    public string? Title { get; init; }

    /// <summary>Adds a page of content operators.</summary>
    public HandMadePdf Page(params string[] operators)
    {
        _pages.Add(string.Join('\n', operators));
        return this;
    }

    /// <summary>A text at a place; half an em a Latin character, a whole one a Han character.</summary>
    public static string Text(double x, double y, string text, double size = 10, bool isBold = false)
    {
        var codes = string.Concat(text.Select(c => ((int)c).ToString("X4", CultureInfo.InvariantCulture)));
        return string.Create(CultureInfo.InvariantCulture, $"BT /{(isBold ? "F2" : "F1")} {size} Tf 1 0 0 1 {x} {y} Tm <{codes}> Tj ET");
    }

    public static string Line(double left, double right, double y) =>
        string.Create(CultureInfo.InvariantCulture, $"0.5 w {left} {y} m {right} {y} l S");

    /// <summary>A picture over the page, as a scanner makes it.</summary>
    public static string Picture => "q 595 0 0 842 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q";

    public byte[] Build()
    {
        var objects = new List<string>
        {
            "<< /Type /Catalog /Pages 2 0 R >>",
            $"<< /Type /Pages /Count {_pages.Count} /Kids [{string.Join(' ', _pages.Select((_, i) => $"{10 + 2 * i} 0 R"))}] >>",
            Font(4, "Reading"),
            Descendant("Reading"),
            Font(6, "Reading-Bold"),
            Descendant("Reading-Bold"),
            Stream(Map()),
            $"<< /Title ({Title ?? ""}) >>",
            "<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <" + new string('3', 64) + "> /U <" + new string('5', 64) + "> >>",
        };
        foreach (var (i, page) in _pages.Index())
        {
            objects.Add($"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {11 + 2 * i} 0 R "
                + "/Resources << /Font << /F1 3 0 R /F2 5 0 R >> >> >>");
            objects.Add(Stream(page));
        }
        return Write(objects, IsEncrypted ? "/Encrypt 9 0 R /ID [<00> <00>] " : "");
    }

    private string Font(int descendant, string name) => $"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H "
        + $"/DescendantFonts [{descendant} 0 R] {(HasCharacterMap ? "/ToUnicode 7 0 R " : "")}>>";

    private static string Descendant(string name) => $"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} "
        + "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 1000 /W [0 11903 500] "
        + $"/FontDescriptor << /Type /FontDescriptor /FontName /{name} /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 "
        + "/Descent -200 /CapHeight 700 /StemV 80 >> >>";

    private static string Map() => "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def /CMapType 2 def\n"
        + "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        + string.Concat(Enumerable.Range(0, 256).Chunk(100).Select(rows =>
            $"{rows.Length} beginbfrange\n{string.Concat(rows.Select(r => $"<{r:X2}00> <{r:X2}FF> <{r:X2}00>\n"))}endbfrange\n"))
        + "endcmap end end";

    private static string Stream(string content) => $"<< /Length {Encoding.Latin1.GetByteCount(content)} >>\nstream\n{content}\nendstream";

    private static byte[] Write(List<string> objects, string trailer)
    {
        var text = new StringBuilder("%PDF-1.7\n");
        var places = new List<int>();
        foreach (var (i, body) in objects.Index())
        {
            places.Add(text.Length);
            text.Append(CultureInfo.InvariantCulture, $"{i + 1} 0 obj\n{body}\nendobj\n");
        }
        var start = text.Length;
        text.Append(CultureInfo.InvariantCulture, $"xref\n0 {objects.Count + 1}\n0000000000 65535 f \n");
        foreach (var place in places) text.Append(CultureInfo.InvariantCulture, $"{place:D10} 00000 n \n");
        text.Append(CultureInfo.InvariantCulture,
            $"trailer\n<< /Size {objects.Count + 1} /Root 1 0 R /Info 8 0 R {trailer}>>\nstartxref\n{start}\n%%EOF\n");
        return Encoding.Latin1.GetBytes(text.ToString());
    }
}
