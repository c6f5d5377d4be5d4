using System.Text.RegularExpressions;

namespace EdgeAgent.Knowledge.Reading.Layout;

/// <summary>Runs beside each other: one of a paragraph, or the cells of a table's row.</summary>
internal sealed partial record PageLine(IReadOnlyList<TextRun> Cells)
{
    /// <summary>Share of the font size up to which runs are on one line.</summary>
    private const double SameLine = 0.5;

    public double Base => Cells[0].Base;

    public double Size => Cells.Max(c => c.Size);

    public double Left => Cells[0].Left;

    public double Right => Cells[^1].Right;

    public bool IsBold => Cells.All(c => c.IsBold);

    public string Text => string.Join(' ', Cells.Select(c => c.Text));

    /// <summary>Whether it leads to a page: dots, then a number.</summary>
    public bool IsLeader => Leader().IsMatch(Text);

    /// <summary>The lines of a part of a page, from top to bottom.</summary>
    public static List<PageLine> Of(IReadOnlyList<TextRun> runs)
    {
        var lines = new List<PageLine>();
        var cells = new List<TextRun>();
        foreach (var run in runs.OrderByDescending(r => r.Base))
        {
            if (cells.Count > 0 && cells[0].Base - run.Base > SameLine * Math.Min(cells[0].Size, run.Size)) Close(cells, lines);
            cells.Add(run);
        }
        Close(cells, lines);
        return lines;
    }

    private static void Close(List<TextRun> cells, List<PageLine> lines)
    {
        if (cells.Count == 0) return;
        List<TextRun> sorted = [.. cells.OrderBy(c => c.Left)];
        // the number of a list item or a heading is no column
        if (sorted is [var first, var second] && IsMarker(first.Text))
            sorted = [second with { Text = $"{first.Text} {second.Text}", Left = first.Left }];
        lines.Add(new PageLine(sorted));
        cells.Clear();
    }

    /// <summary>Whether a text begins an item of a list.</summary>
    public static bool BeginsItem(string text) => ItemStart().IsMatch(text);

    private static bool IsMarker(string text) => Marker().IsMatch(text);

    [GeneratedRegex(@"^(\(?[0-9]{1,3}[.)]|\(?[A-Za-z][.)]|[0-9]{1,3}|[0-9A-Z]{1,2}(\.[0-9]{1,3}){1,5}\.?|[•●▪■◆►▶○–—*-]|[①-⑳])$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Marker();

    [GeneratedRegex(@"^(\(?[0-9]{1,3}[.)] |\(?[a-z][.)] |[•●▪■◆►▶○–—*-] ?|[①-⑳])", RegexOptions.CultureInvariant)]
    private static partial Regex ItemStart();

    [GeneratedRegex(@"(\. ?){4,}[ .]*[0-9A-Zivxl-]{1,8}$|…{2,} ?[0-9A-Zivxl-]{1,8}$|(· ?){4,}[0-9A-Zivxl-]{1,8}$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Leader();
}
