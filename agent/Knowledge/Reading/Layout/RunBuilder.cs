using System.Text;

namespace EdgeAgent.Knowledge.Reading.Layout;

/// <summary>Puts the glyphs of a page together to runs: those of one base line, up to a gap as wide as between columns. Pure.</summary>
internal static class RunBuilder
{
    /// <summary>Shares of the font size: what still is the same base line, what separates words, what separates cells or columns.</summary>
    private const double SameLine = 0.35, WordGap = 0.17, WideWordGap = 0.4, CellGap = 1.1;

    /// <summary>A glyph that is drawn again this near is bold print, not another letter.</summary>
    private const double SamePlace = 0.12;

    public static List<TextRun> Of(IEnumerable<Glyph> glyphs)
    {
        var runs = new List<TextRun>();
        var line = new List<Glyph>();
        foreach (var glyph in glyphs.OrderByDescending(g => g.Base))
        {
            if (line.Count > 0 && line[0].Base - glyph.Base > SameLine * Math.Max(line[0].Size, glyph.Size)) Flush(line, runs);
            line.Add(glyph);
        }
        Flush(line, runs);
        return runs;
    }

    private static void Flush(List<Glyph> line, List<TextRun> runs)
    {
        line.Sort((a, b) => a.Left.CompareTo(b.Left));
        var run = new List<Glyph>();
        foreach (var glyph in line)
        {
            if (run.Count > 0 && glyph.Left - run[^1].Right > CellGap * Math.Max(run[^1].Size, glyph.Size)) Close(run, runs);
            if (string.IsNullOrWhiteSpace(glyph.Value)) continue;
            if (run.Count > 0 && run[^1].Value == glyph.Value && Math.Abs(run[^1].Left - glyph.Left) < SamePlace * glyph.Size) continue;
            run.Add(glyph);
        }
        Close(run, runs);
        line.Clear();
    }

    private static void Close(List<Glyph> glyphs, List<TextRun> runs)
    {
        if (glyphs.Count == 0) return;
        var text = new StringBuilder();
        for (var i = 0; i < glyphs.Count; i++)
        {
            if (i > 0 && IsGap(glyphs[i - 1], glyphs[i])) text.Append(' ');
            text.Append(glyphs[i].Value);
        }
        if (TextLines.Tidy(text.ToString()) is { Length: > 0 } tidy)
            runs.Add(new TextRun(tidy, glyphs[0].Left, glyphs.Max(g => g.Right), glyphs.Average(g => g.Base), glyphs.Average(g => g.Size),
                2 * glyphs.Count(g => g.IsBold) > glyphs.Count));
        glyphs.Clear();
    }

    private static bool IsGap(Glyph a, Glyph b)
    {
        var isWide = TextLines.IsWide(a.Value[^1]) && TextLines.IsWide(b.Value[0]);
        return b.Left - a.Right > (isWide ? WideWordGap : WordGap) * Math.Min(a.Size, b.Size);
    }
}
