namespace EdgeAgent.Knowledge.Reading.Layout;

/// <summary>
/// The order in which a page is read: cut at the white gutter between columns of text, and above that where something spans the columns
/// (recursive XY cut). Gutters between the columns of a table are none. Pure.
/// </summary>
internal static class ReadingOrder
{
    /// <summary>A gutter is at least this wide, in font sizes.</summary>
    private const double MinGutter = 0.7;

    /// <summary>
    /// A column of text has at least this share of the page's width, this many lines and characters a line; lines fill this share of it.
    /// </summary>
    private const double MinColumn = 0.2, MinFill = 0.5;
    private const int MinLines = 4, MinCharacters = 12;

    /// <summary>Drawn lines across a gutter that make it a table's.</summary>
    private const int TableRules = 2;

    private const int MaxDepth = 12, MaxGaps = 8;

    /// <summary>The parts of the page in the order in which they are read.</summary>
    public static IReadOnlyList<IReadOnlyList<TextRun>> Of(PageRuns page)
    {
        var parts = new List<IReadOnlyList<TextRun>>();
        Cut(page, page.Runs, parts, 0);
        return parts;
    }

    private static void Cut(PageRuns page, IReadOnlyList<TextRun> runs, List<IReadOnlyList<TextRun>> parts, int depth)
    {
        if (runs.Count == 0) return;
        if (depth < MaxDepth && Columns(page, runs) is ({ } left, { } right))
        {
            Cut(page, left, parts, depth + 1);
            Cut(page, right, parts, depth + 1);
            return;
        }
        if (depth < MaxDepth)
            foreach (var height in Gaps(runs))
            {
                IReadOnlyList<TextRun> top = [.. runs.Where(r => r.Base > height)], bottom = [.. runs.Where(r => r.Base <= height)];
                // a cut across is worth it only where it sets columns free
                if (Columns(page, top) is null && Columns(page, bottom) is null) continue;
                Cut(page, top, parts, depth + 1);
                Cut(page, bottom, parts, depth + 1);
                return;
            }
        parts.Add(runs);
    }

    /// <summary>Both sides of the widest gutter; null where there is none.</summary>
    private static (IReadOnlyList<TextRun> Left, IReadOnlyList<TextRun> Right)? Columns(PageRuns page, IReadOnlyList<TextRun> runs)
    {
        if (runs.Count < 2 * MinLines) return null;
        var size = Median(runs.Select(r => r.Size));
        var gaps = new List<(double Width, double At)>();
        var end = double.NegativeInfinity;
        foreach (var run in runs.OrderBy(r => r.Left))
        {
            if (end > double.NegativeInfinity && run.Left - end >= MinGutter * size) gaps.Add((run.Left - end, (run.Left + end) / 2));
            end = Math.Max(end, run.Right);
        }
        foreach (var (_, at) in gaps.OrderByDescending(g => g.Width).Take(MaxGaps))
        {
            IReadOnlyList<TextRun> left = [.. runs.Where(r => r.Left < at)], right = [.. runs.Where(r => r.Left >= at)];
            if (IsText(page, left) && IsText(page, right) && RulesAcross(page, runs, at) < TableRules) return (left, right);
        }
        return null;
    }

    private static bool IsText(PageRuns page, IReadOnlyList<TextRun> runs)
    {
        if (runs.Count < MinLines) return false;
        var width = runs.Max(r => r.Right) - runs.Min(r => r.Left);
        return width >= MinColumn * page.Width
            && runs.Select(r => Math.Round(r.Base)).Distinct().Count() >= MinLines
            && runs.Average(r => r.Text.Sum(c => TextLines.IsWide(c) ? 2 : 1)) >= MinCharacters
            && Median(runs.Select(r => r.Right - r.Left)) >= MinFill * width;
    }

    private static int RulesAcross(PageRuns page, IReadOnlyList<TextRun> runs, double at)
    {
        var (low, high) = (runs.Min(r => r.Base), runs.Max(r => r.Base + r.Size));
        return page.Rules.Where(r => r.Left < at && r.Right > at && r.Height > low && r.Height < high).Select(r => Math.Round(r.Height))
            .Distinct().Count();
    }

    /// <summary>Heights between lines, the widest gaps first.</summary>
    private static List<double> Gaps(IReadOnlyList<TextRun> runs)
    {
        var bases = runs.Select(r => r.Base).OrderDescending().ToList();
        return [.. Enumerable.Range(1, Math.Max(0, bases.Count - 1))
            .Select(i => (Gap: bases[i - 1] - bases[i], At: (bases[i - 1] + bases[i]) / 2))
            .Where(g => g.Gap > 2).OrderByDescending(g => g.Gap).Take(MaxGaps).Select(g => g.At)];
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
