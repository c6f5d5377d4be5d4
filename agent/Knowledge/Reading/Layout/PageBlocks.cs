using System.Globalization;

namespace EdgeAgent.Knowledge.Reading.Layout;

/// <summary>
/// Reads the pages of a document: order, tables, paragraphs, headings; lists of contents and running heads are left out. Pure.
/// </summary>
internal static class PageBlocks
{
    /// <summary>A page is a list of contents where at least this many lines and this share of them end with rising page numbers.</summary>
    private const int MinContents = 8;
    private const double ContentsShare = 0.6;

    /// <param name="outline">Titles of the document's outline (<see cref="Headings.Key"/>) with their page and level.</param>
    public static List<Block> Of(IReadOnlyList<PageRuns> pages, IReadOnlyDictionary<(int Page, string Title), int> outline)
    {
        pages = RunningHeads.Without(pages);
        var headings = Headings.Of(pages, outline);
        var blocks = new List<Block>();
        IReadOnlyList<string> header = []; // of the last table, for its rest on the next page
        foreach (var page in pages)
        {
            var parts = ReadingOrder.Of(page).Select(PageLine.Of).ToList();
            if (IsContents(parts.SelectMany(l => l).ToList(), pages.Count)) continue;
            foreach (var lines in parts) header = Read(page, lines.FindAll(l => !l.IsLeader), headings, header, blocks);
        }
        return blocks;
    }

    /// <returns>The headings of the last table.</returns>
    private static IReadOnlyList<string> Read(PageRuns page, List<PageLine> lines, Headings headings, IReadOnlyList<string> header,
        List<Block> blocks)
    {
        if (lines.Count == 0) return header;
        var width = lines.Max(l => l.Right) - lines.Min(l => l.Left);
        for (var i = 0; i < lines.Count;)
        {
            if (PageTable.LinesOf(lines, i) is var length and > 0)
            {
                var table = PageTable.Read(lines.GetRange(i, length), page.Rules, header);
                blocks.AddRange(TableRows.Of(table.Header, table.Rows, page.Number));
                header = table.Header;
                i += length;
                continue;
            }
            var paragraph = Paragraph.Of(lines, i, width);
            var level = headings.LevelOf(paragraph, page.Number);
            blocks.Add(new Block(level > 0 ? BlockKind.Heading : BlockKind.Text, paragraph.Text, page.Number) { Level = level });
            i += paragraph.Lines;
        }
        return header;
    }

    /// <summary>Whether the lines of a page lead to other pages.</summary>
    private static bool IsContents(List<PageLine> lines, int pages)
    {
        if (lines.Count < MinContents) return false;
        if (lines.Count(l => l.IsLeader) >= ContentsShare * lines.Count) return true;
        var numbers = lines.Where(l => l.Text.Any(char.IsLetter)).Select(l => l.Text.Split(' ')[^1])
            .Where(w => w.Length <= 4 && w.All(char.IsAsciiDigit))
            .Select(w => int.Parse(w, CultureInfo.InvariantCulture)).ToList();
        if (numbers.Count < Math.Max(MinContents, ContentsShare * lines.Count) || numbers.Exists(n => n > pages + 50)) return false;
        var rising = numbers.Zip(numbers.Skip(1)).Count(p => p.Second >= p.First);
        return rising >= 0.9 * (numbers.Count - 1) && numbers[^1] - numbers[0] >= 3;
    }
}
