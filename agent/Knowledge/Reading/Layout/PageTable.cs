using System.Text;

namespace EdgeAgent.Knowledge.Reading.Layout;

/// <summary>A table on a page.</summary>
/// <param name="Header">The columns' headings; empty where none was recognized.</param>
internal sealed record PageTable(IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>How near lines of a table are, in font sizes; and how far columns may reach into each other.</summary>
    private const double MaxLineDistance = 3.2, MaxOverlap = 0.5;

    /// <summary>Number of lines from <paramref name="start"/> on that are a table; 0 where none begins there.</summary>
    public static int LinesOf(List<PageLine> lines, int start)
    {
        if (lines[start].Cells.Count < 2) return 0;
        var end = start + 1;
        while (end < lines.Count && lines[end - 1].Base - lines[end].Base <= MaxLineDistance * lines[end].Size
            && (lines[end].Cells.Count >= 2 || IsContinuation(lines, start, end))) end++;
        while (end > start && lines[end - 1].Cells.Count < 2 && lines[end - 1].Left <= lines[start].Left + lines[start].Size) end--;
        var count = lines.Skip(start).Take(end - start).Count(l => l.Cells.Count >= 2);
        return count >= 2 && Columns(lines.GetRange(start, end - start)) is not null ? end - start : 0;
    }

    /// <param name="rules">Drawn lines of the page: those between rows say where one ends.</param>
    /// <param name="previous">Headings of the table that ended on the page before; empty where none did.</param>
    public static PageTable Read(List<PageLine> lines, IReadOnlyList<Rule> rules, IReadOnlyList<string> previous)
    {
        var columns = Columns(lines)!;
        var rows = RowsOf(lines, columns, rules);
        var isHeader = rows.Count > 1 && IsHeader(rows);
        IReadOnlyList<string> header = isHeader ? rows[0].Cells : previous.Count == columns.Count ? previous : [];
        return new PageTable(header, [.. rows.Skip(isHeader ? 1 : 0).Select(r => r.Cells)]);
    }

    /// <summary>Whether a line of one cell goes on below a cell that is not the first.</summary>
    private static bool IsContinuation(List<PageLine> lines, int start, int at) =>
        lines[start].Cells.Skip(1).Concat(lines[at - 1].Cells.Count > 1 ? lines[at - 1].Cells.Skip(1) : [])
            .Any(c => lines[at].Left >= c.Left - lines[at].Size && lines[at].Left <= c.Right)
        && at + 1 < lines.Count && lines[at].Left > lines[start].Left + lines[start].Size;

    /// <summary>Where the columns begin and end, by the lines with the most cells; null where these do not line up.</summary>
    private static List<(double Left, double Right)>? Columns(List<PageLine> lines)
    {
        var most = lines.Max(l => l.Cells.Count);
        var full = lines.Where(l => l.Cells.Count == most).ToList();
        var columns = Enumerable.Range(0, most)
            .Select(k => (Left: full.Min(l => l.Cells[k].Left), Right: full.Max(l => l.Cells[k].Right))).ToList();
        for (var k = 1; k < most; k++)
            if (columns[k - 1].Right - columns[k].Left > MaxOverlap * lines[0].Size) return null;
        return columns;
    }

    private sealed record Row(string[] Cells, bool IsBold);

    private static List<Row> RowsOf(List<PageLine> lines, List<(double Left, double Right)> columns, IReadOnlyList<Rule> rules)
    {
        var groups = ByFirstColumn(lines, columns);
        var ruled = ByRules(lines, columns, rules);
        if (2 * ruled.Count >= groups.Count && ruled.Count > 2) groups = ruled;
        return [.. groups.Select(g => new Row(Merge(g, columns), g.All(l => l.IsBold)))];
    }

    /// <summary>A line whose first column is empty goes on with the row above.</summary>
    private static List<List<PageLine>> ByFirstColumn(List<PageLine> lines, List<(double Left, double Right)> columns)
    {
        var groups = new List<List<PageLine>>();
        foreach (var line in lines)
            if (groups.Count > 0 && ColumnOf(line.Cells[0], columns) > 0) groups[^1].Add(line);
            else groups.Add([line]);
        return groups;
    }

    private static List<List<PageLine>> ByRules(List<PageLine> lines, List<(double Left, double Right)> columns, IReadOnlyList<Rule> rules)
    {
        var (left, right) = (columns[0].Left, columns[^1].Right);
        var heights = rules.Where(r => Math.Min(r.Right, right) - Math.Max(r.Left, left) > (right - left) / 2)
            .Select(r => r.Height).OrderDescending().ToList();
        var groups = new List<List<PageLine>>();
        PageLine? above = null;
        foreach (var line in lines)
        {
            var isApart = above is null || heights.Exists(h => h < above.Base && h > line.Base);
            if (isApart) groups.Add([]);
            groups[^1].Add(line);
            above = line;
        }
        return groups;
    }

    private static string[] Merge(List<PageLine> lines, List<(double Left, double Right)> columns)
    {
        var cells = columns.Select(_ => new StringBuilder()).ToArray();
        foreach (var line in lines)
            foreach (var cell in line.Cells) TextLines.Append(cells[ColumnOf(cell, columns)], cell.Text);
        return [.. cells.Select(c => c.ToString())];
    }

    /// <summary>The column that a cell stands in: the one it shares most with, else the nearest.</summary>
    private static int ColumnOf(TextRun cell, List<(double Left, double Right)> columns)
    {
        var (best, most) = (0, double.NegativeInfinity);
        for (var k = 0; k < columns.Count; k++)
        {
            var shared = Math.Min(cell.Right, columns[k].Right) - Math.Max(cell.Left, columns[k].Left);
            if (shared > most) (best, most) = (k, shared);
        }
        return best;
    }

    private static bool IsHeader(List<Row> rows) =>
        rows[0].Cells.Count(c => c.Length > 0) >= Math.Max(2, rows[0].Cells.Length - 1)
        && (rows[0].IsBold && !rows[1].IsBold
            || !rows[0].Cells.Any(HasDigit) && rows.Skip(1).Count(r => r.Cells.Any(HasDigit)) * 2 >= rows.Count - 1);

    private static bool HasDigit(string text) => text.AsSpan().ContainsAnyInRange('0', '9');
}
