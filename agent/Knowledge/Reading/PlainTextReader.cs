using System.Text;
using System.Text.RegularExpressions;
using EdgeAgent.Platform;

namespace EdgeAgent.Knowledge.Reading;

/// <summary>Text files: paragraphs between empty lines, headings by number or underlining, pages by form feeds.</summary>
internal sealed partial class PlainTextReader : IDocumentReader
{
    private const int MaxHeading = 90;

    public IReadOnlyList<string> Extensions => [".txt", ".text"];

    public DocumentText Read(string name, byte[] bytes)
    {
        if (bytes.Length > ReadingLimits.MaxTextBytes)
            throw new DocumentException(name, $"at most {ReadingLimits.MaxTextBytes >> 20} MB", $"{bytes.Length >> 20} MB");
        var text = TextFile.Decode(name, bytes);
        var hasPages = text.Contains('\f', StringComparison.Ordinal);
        var blocks = new List<Block>();
        var pages = text.Split('\f');
        foreach (var (number, page) in pages.Index()) ReadPage(page, hasPages ? number + 1 : null, blocks);
        return new DocumentText(null, hasPages ? pages.Length : 0, blocks, []);
    }

    private static void ReadPage(string page, int? pageNumber, List<Block> blocks)
    {
        var lines = TextFile.Lines(page);
        var paragraph = new StringBuilder();
        void Flush()
        {
            if (TextLines.Tidy(paragraph.ToString()) is { Length: > 0 } text) blocks.Add(new Block(BlockKind.Text, text, pageNumber));
            paragraph.Clear();
        }
        for (var i = 0; i < lines.Count; i++)
        {
            var line = TextLines.Tidy(lines[i]).Trim();
            var isApart = i == 0 || string.IsNullOrWhiteSpace(lines[i - 1]);
            var next = i + 1 < lines.Count ? lines[i + 1].Trim() : "";
            if (line.Length == 0 || Underline().IsMatch(line)) Flush();
            else if (line.Length <= MaxHeading && isApart && (Underline().IsMatch(next) || next.Length == 0 && Numbered().IsMatch(line)))
            {
                Flush();
                var level = Numbered().Match(line) is { Success: true } number
                    ? 1 + number.Groups[1].Value.Trim('.').Count(c => c == '.') : next.StartsWith('=') ? 1 : 2;
                blocks.Add(new Block(BlockKind.Heading, line, pageNumber) { Level = level });
            }
            else
            {
                if (Layout.PageLine.BeginsItem(line)) Flush();
                TextLines.Append(paragraph, line);
            }
        }
        Flush();
    }

    [GeneratedRegex("^[=~-]{3,}$", RegexOptions.CultureInvariant)]
    private static partial Regex Underline();

    [GeneratedRegex(@"^([0-9]{1,2}(?:\.[0-9]{1,2}){0,4}\.?) *[A-Z\u4e00-\u9fff][^.。;；]*$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Numbered();
}
