using System.Globalization;
using EdgeAgent.Knowledge.Reading.Layout;
using UglyToad.PdfPig;
using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.Exceptions;
using UglyToad.PdfPig.Outline;

namespace EdgeAgent.Knowledge.Reading;

/// <summary>PDF files. A page that cannot be read is named and left out; the others are read.</summary>
internal sealed class PdfReader : IDocumentReader
{
    /// <summary>Share of a page's glyphs without a meaning from which on its font counts as broken.</summary>
    private const double BrokenShare = 0.3;

    /// <summary>Height up to which a drawn shape is a line, points.</summary>
    private const double MaxRuleHeight = 2.5;

    private const int MaxRules = 20_000, MaxOutline = 20_000;

    public IReadOnlyList<string> Extensions => [".pdf"];

    public DocumentText Read(string name, byte[] bytes)
    {
        using var document = Open(name, bytes);
        if (document.NumberOfPages > ReadingLimits.MaxPages)
            throw new DocumentException(name, $"at most {ReadingLimits.MaxPages} pages", $"{document.NumberOfPages}");
        var pages = new List<PageRuns>();
        var problems = new List<ReadingProblem>();
        for (var number = 1; number <= document.NumberOfPages; number++)
            try
            {
                if (ReadPage(document.GetPage(number), out var problem) is { } page) pages.Add(page);
                if (problem is not null) problems.Add(new ReadingProblem(number, problem));
            }
            catch (Exception e) when (e is not OutOfMemoryException) // a damaged page costs this page only
            {
                problems.Add(new ReadingProblem(number, $"damaged: {e.Message.Split('\n')[0]}"));
            }
        var title = document.Information.Title is { Length: > 3 and < 200 } t && t.Any(char.IsLetter) ? TextLines.Tidy(t) : null;
        return new DocumentText(title, document.NumberOfPages, PageBlocks.Of(pages, Outline(document)), problems);
    }

    private static PdfDocument Open(string name, byte[] bytes)
    {
        try
        {
            return PdfDocument.Open(bytes, new ParsingOptions { SkipMissingFonts = true, UseLenientParsing = true });
        }
        catch (PdfDocumentEncryptedException e)
        {
            throw new DocumentException(name, "a PDF that opens without a password", "an encrypted one: export it without protection", e);
        }
    }

    private static PageRuns? ReadPage(Page page, out string? problem)
    {
        problem = null;
        var letters = page.Letters;
        if (letters.Count > ReadingLimits.MaxGlyphs)
        {
            problem = $"more than {ReadingLimits.MaxGlyphs} glyphs: a drawing?";
            return null;
        }
        if (!letters.Any(l => !string.IsNullOrWhiteSpace(l.Value)))
        {
            if (page.NumberOfImages > 0) problem = "a picture without text (scanned?): make it searchable with text recognition (OCR)";
            return null;
        }
        var visible = letters.Where(l => !string.IsNullOrWhiteSpace(l.Value)).ToList();
        if (visible.Count(l => l.Value.All(IsMeaningless)) > BrokenShare * visible.Count)
        {
            problem = "a font without character codes (broken font): export the document again with embedded Unicode fonts";
            return null;
        }
        var straight = letters.Where(l => l.TextOrientation == TextOrientation.Horizontal).ToList();
        if (2 * straight.Count < letters.Count) problem = "most of its text is turned and was left out";
        return new PageRuns(page.Number, page.Width, page.Height, RunBuilder.Of(straight.Select(ToGlyph)), Rules(page));
    }

    private static Glyph ToGlyph(Letter letter) => new(letter.Value, letter.StartBaseLine.X, letter.EndBaseLine.X, letter.StartBaseLine.Y,
        letter.PointSize, IsBold(letter.FontName));

    private static bool IsBold(string? font) => font is not null && (font.Contains("bold", StringComparison.OrdinalIgnoreCase)
        || font.Contains("black", StringComparison.OrdinalIgnoreCase) || font.Contains("heavy", StringComparison.OrdinalIgnoreCase)
        || font.Contains("SimHei", StringComparison.OrdinalIgnoreCase));

    private static bool IsMeaningless(char c) => c is '\uFFFD' or < ' ' || char.GetUnicodeCategory(c) == UnicodeCategory.PrivateUse;

    private static List<Rule> Rules(Page page)
    {
        var rules = new List<Rule>();
        foreach (var path in page.Paths.Take(MaxRules))
            if (path.GetBoundingRectangle() is { } box && box.Width > 10)
            {
                rules.Add(new Rule(box.Left, box.Right, box.Top));
                if (box.Height > MaxRuleHeight) rules.Add(new Rule(box.Left, box.Right, box.Bottom)); // the frame or the ground of a cell
            }
        return rules;
    }

    private static Dictionary<(int, string), int> Outline(PdfDocument document)
    {
        var titles = new Dictionary<(int, string), int>();
        try
        {
            if (!document.TryGetBookmarks(out var bookmarks)) return titles;
            foreach (var node in bookmarks.GetNodes().OfType<DocumentBookmarkNode>().Take(MaxOutline))
                if (Headings.Key(node.Title) is { Length: > 1 } key) titles.TryAdd((node.PageNumber, key), node.Level + 1);
        }
        catch (Exception e) when (e is not OutOfMemoryException) // an outline is a help, not a need
        {
            titles.Clear();
        }
        return titles;
    }
}
