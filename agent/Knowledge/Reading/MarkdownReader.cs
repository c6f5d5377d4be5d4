using System.Text;
using System.Text.RegularExpressions;
using EdgeAgent.Platform;

namespace EdgeAgent.Knowledge.Reading;

/// <summary>Markdown files (CommonMark with tables), line by line: headings, paragraphs, lists, tables, code.</summary>
internal sealed partial class MarkdownReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions => [".md", ".markdown"];

    public DocumentText Read(string name, byte[] bytes)
    {
        if (bytes.Length > ReadingLimits.MaxTextBytes)
            throw new DocumentException(name, $"at most {ReadingLimits.MaxTextBytes >> 20} MB", $"{bytes.Length >> 20} MB");
        var walk = new Walk();
        foreach (var line in TextFile.Lines(TextFile.Decode(name, bytes))) walk.Take(line);
        walk.Flush();
        var title = walk.Blocks.Find(b => b is { Kind: BlockKind.Heading, Level: 1 })?.Text;
        return new DocumentText(title, 0, walk.Blocks, []);
    }

    private sealed class Walk
    {
        private readonly StringBuilder _text = new();
        private readonly List<List<string>> _table = [];
        private string? _fence;

        public List<Block> Blocks { get; } = [];

        public void Take(string line)
        {
            var trimmed = line.Trim();
            if (_fence is not null || trimmed.StartsWith("```", StringComparison.Ordinal)
                || trimmed.StartsWith("~~~", StringComparison.Ordinal))
            {
                Code(trimmed);
                return;
            }
            if (trimmed.StartsWith('|') || _table.Count > 0 && trimmed.Contains('|', StringComparison.Ordinal))
            {
                if (_table.Count == 0) Flush();
                if (!TableBorder().IsMatch(trimmed)) _table.Add([.. Cells(trimmed)]);
                return;
            }
            if (_table.Count > 0) Flush();
            if (trimmed.Length == 0) Flush();
            else if (Atx().Match(trimmed) is { Success: true } heading)
            {
                Flush();
                Add(BlockKind.Heading, heading.Groups[2].Value, heading.Groups[1].Length);
            }
            else if (Setext().IsMatch(trimmed) && _text.Length > 0)
            {
                var title = _text.ToString();
                _text.Clear();
                Add(BlockKind.Heading, title, trimmed[0] == '=' ? 1 : 2);
            }
            else if (Border().IsMatch(trimmed)) Flush();
            else
            {
                if (Item().IsMatch(trimmed)) Flush();
                TextLines.Append(_text, trimmed.TrimStart('>', ' '));
            }
        }

        public void Flush()
        {
            if (_table.Count > 0) Blocks.AddRange(PlainTables.Rows(_table, null, hasHeader: _table.Count > 1));
            _table.Clear();
            if (_text.Length > 0) Add(BlockKind.Text, _text.ToString(), 0);
            _text.Clear();
        }

        private void Code(string trimmed)
        {
            if (_fence is null)
            {
                Flush();
                _fence = trimmed[..3];
            }
            else if (trimmed.StartsWith(_fence, StringComparison.Ordinal))
            {
                Flush();
                _fence = null;
            }
            else TextLines.Append(_text, trimmed);
        }

        private void Add(BlockKind kind, string text, int level)
        {
            if (Plain(text) is { Length: > 0 } plain) Blocks.Add(new Block(kind, plain, null) { Level = level });
        }

        private static IEnumerable<string> Cells(string row) => row.Trim('|').Split('|').Select(c => Plain(c.Trim()));
    }

    /// <summary>The text without its marks: links by their words, pictures by their caption, no stars, backticks or tags.</summary>
    private static string Plain(string text) =>
        TextLines.Tidy(Marks().Replace(Tags().Replace(Links().Replace(text, "$1"), " "), "$2").Replace("`", "", StringComparison.Ordinal));

    [GeneratedRegex(@"^(#{1,6})\s+(.*?)\s*#*$", RegexOptions.CultureInvariant)]
    private static partial Regex Atx();

    [GeneratedRegex("^(=+|-+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Setext();

    [GeneratedRegex(@"^([*_-]\s*){3,}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Border();

    [GeneratedRegex(@"^([-*+]|[0-9]{1,9}[.)])\s", RegexOptions.CultureInvariant)]
    private static partial Regex Item();

    [GeneratedRegex(@"^\|?[\s:|-]*-[\s:|-]*$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex TableBorder();

    [GeneratedRegex(@"!?\[([^\]\[]*)\]\([^()]*\)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Links();

    [GeneratedRegex(@"</?[A-Za-z][^<>]{0,200}>", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Tags();

    [GeneratedRegex(@"(\*\*|__|\*)([^*_]+)(\*\*|__|\*)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Marks();
}
