using System.Text.RegularExpressions;

namespace EdgeAgent.Knowledge.Reading.Layout;

/// <summary>
/// Which paragraphs of a document are headings, and how deep: by its outline where it has one, by number, by size of the type, by bold
/// print. Pure.
/// </summary>
/// <param name="body">Size of the running text.</param>
/// <param name="sizes">Larger sizes, the largest first: each a level.</param>
/// <param name="outline">Titles of the document's outline with their page and level.</param>
internal sealed partial class Headings(double body, IReadOnlyList<double> sizes, IReadOnlyDictionary<(int Page, string Title), int> outline)
{
    /// <summary>How many times larger than running text a heading's type is; characters and lines it has at most.</summary>
    private const double Larger = 1.12;
    private const int MaxCharacters = 140, MaxBold = 90, MaxLines = 3, BoldLevel = 8;

    private static readonly HashSet<string> Admonitions = ReadingLexicon.File.Words("admonitions");

    public static Headings Of(IReadOnlyList<PageRuns> pages, IReadOnlyDictionary<(int, string), int> outline)
    {
        var sizes = new Dictionary<double, int>();
        foreach (var run in pages.SelectMany(p => p.Runs))
            sizes[Rounded(run.Size)] = sizes.GetValueOrDefault(Rounded(run.Size)) + run.Text.Length;
        var body = sizes.Count == 0 ? 0 : sizes.MaxBy(s => s.Value).Key;
        return new Headings(body, [.. sizes.Keys.Where(s => s >= Larger * body).OrderDescending()], outline);
    }

    /// <summary>Level of a heading from 1; 0 for other paragraphs.</summary>
    public int LevelOf(Paragraph paragraph, int page)
    {
        var text = paragraph.Text;
        if (paragraph.Lines > MaxLines || text.Length > MaxCharacters || !text.Any(char.IsLetter)) return 0;
        if (outline.TryGetValue((page, Key(text)), out var level)) return level;
        if (Admonitions.Contains(Key(text))) return 0;
        var isLarger = paragraph.Size >= Larger * body;
        var number = Number().Match(text);
        var isNumbered = number.Success && !EndsSentence(text);
        if (isLarger) return isNumbered ? Depth(number) : 1 + sizes.Count(s => s > Rounded(paragraph.Size));
        if (paragraph.Size < 0.9 * body || EndsSentence(text) || text.Length > MaxBold) return 0;
        if (isNumbered && (paragraph.IsBold || Depth(number) > 1 && paragraph.Lines == 1)) return Depth(number);
        return paragraph is { IsBold: true, Lines: 1 } && !PageLine.BeginsItem(text) ? BoldLevel : 0;
    }

    /// <summary>A title as it is compared: letters and digits only.</summary>
    public static string Key(string title) => string.Concat(title.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    private static int Depth(Match number) =>
        number.Groups["n"].Success ? 1 + number.Groups["n"].Value.TrimEnd('.').Count(c => c == '.') : 1;

    private static bool EndsSentence(string text) => text[^1] is '.' or ',' or ';' or '。' or '，' or '；' or '、';

    private static double Rounded(double size) => Math.Round(2 * size) / 2;

    [GeneratedRegex(@"^((?<n>([0-9]{1,2}|[A-Z](?=\.[0-9]))(\.[0-9]{1,2}){0,4}\.?) ?(?=[A-Z\u4e00-\u9fff])"
        + "|第[0-9一二三四五六七八九十]{1,3}[章节篇]|(Chapter|Appendix|Section|附录) ?[0-9A-Z])", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
