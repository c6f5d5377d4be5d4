using System.Text.RegularExpressions;

namespace EdgeAgent.Knowledge.Reading.Layout;

/// <summary>
/// Removes what repeats at the top and bottom of pages: titles of chapters, page numbers. A run is one where the same text, numbers apart,
/// stands at the same height on other pages. Pure.
/// </summary>
internal static partial class RunningHeads
{
    /// <summary>Shares of the page's height where heads and feet stand.</summary>
    private const double TopFrom = 0.89, BottomTo = 0.09;

    /// <summary>Pages that must have it.</summary>
    private const int MinPages = 3;

    /// <summary>Points in which the same height is counted.</summary>
    private const double HeightStep = 4;

    public static IReadOnlyList<PageRuns> Without(IReadOnlyList<PageRuns> pages)
    {
        var counts = new Dictionary<(string, int), int>();
        foreach (var page in pages)
            foreach (var key in page.Runs.Where(r => IsInMargin(page, r)).Select(Key).Distinct())
                counts[key] = counts.GetValueOrDefault(key) + 1;
        return [.. pages.Select(page => page with
        {
            Runs = [.. page.Runs.Where(r => !IsInMargin(page, r) || counts[Key(r)] < MinPages)]
        })];
    }

    private static bool IsInMargin(PageRuns page, TextRun run) => run.Base > TopFrom * page.Height || run.Base < BottomTo * page.Height;

    private static (string, int) Key(TextRun run) => (Numbers().Replace(run.Text, "#"), (int)Math.Round(run.Base / HeightStep));

    [GeneratedRegex("[0-9]+|\\b[ivxl]+\\b", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();
}
