namespace EdgeAgent.Knowledge.Reading.Layout;

/// <summary>Lines that belong together.</summary>
internal sealed record Paragraph(string Text, int Lines, double Size, bool IsBold, double Base)
{
    /// <summary>Distance of lines, in font sizes, that ends a paragraph; share of the size that is another size.</summary>
    private const double MaxDistance = 1.75, OtherSize = 0.08;

    /// <summary>A line that is shorter than this share of its column, and ends a sentence, ends a paragraph.</summary>
    private const double ShortLine = 0.75;

    /// <summary>The paragraph that begins with the first of the lines.</summary>
    /// <param name="width">Width of the column, points.</param>
    public static Paragraph Of(List<PageLine> lines, int start, double width)
    {
        var text = new System.Text.StringBuilder();
        var end = start;
        do TextLines.Append(text, lines[end++].Text);
        while (end < lines.Count && GoesOn(lines[end - 1], lines[end], width));
        return new Paragraph(text.ToString(), end - start, lines[start].Size, lines.Skip(start).Take(end - start).All(l => l.IsBold),
            lines[start].Base);
    }

    private static bool GoesOn(PageLine above, PageLine line, double width)
    {
        if (above.Base - line.Base > MaxDistance * Math.Max(above.Size, line.Size)) return false;
        if (Math.Abs(above.Size - line.Size) > OtherSize * above.Size || above.IsBold != line.IsBold) return false;
        if (PageLine.BeginsItem(line.Text)) return false;
        return above.Right - above.Left >= ShortLine * width || !EndsSentence(above.Text);
    }

    private static bool EndsSentence(string text) => text[^1] is '.' or '!' or '?' or ':' or '。' or '！' or '？' or '：' or '；';
}
