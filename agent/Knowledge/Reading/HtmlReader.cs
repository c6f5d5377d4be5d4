using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using EdgeAgent.Platform;

namespace EdgeAgent.Knowledge.Reading;

/// <summary>HTML files: headings, paragraphs, lists, tables. Nothing is fetched and no script runs.</summary>
internal sealed class HtmlReader : IDocumentReader
{
    private static readonly HashSet<string> Skipped =
        ["script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "iframe", "object", "svg", "head", "select",
            "button"];

    private static readonly HashSet<string> Breaking =
        ["p", "div", "li", "ul", "ol", "dl", "dt", "dd", "pre", "blockquote", "section", "article", "main", "figure", "figcaption",
            "caption", "br", "hr", "address", "details", "summary", "body"];

    public IReadOnlyList<string> Extensions => [".html", ".htm", ".xhtml"];

    public DocumentText Read(string name, byte[] bytes)
    {
        if (bytes.Length > ReadingLimits.MaxTextBytes)
            throw new DocumentException(name, $"at most {ReadingLimits.MaxTextBytes >> 20} MB", $"{bytes.Length >> 20} MB");
        RefuseDepth(name, bytes);
        var document = new HtmlParser().ParseDocument(TextFile.Decode(name, bytes));
        var walk = new Walk(name);
        if (document.Body is { } body) walk.Visit(body, 0);
        walk.Flush();
        var title = document.Title is { Length: > 0 and < 200 } t ? TextLines.Tidy(t) : null;
        return new DocumentText(title, 0, walk.Blocks, []);
    }

    /// <summary>Refuses a file that only opens elements, before a tree is built of it.</summary>
    private static void RefuseDepth(string name, byte[] bytes)
    {
        var (opened, closed) = (0, 0);
        for (var i = 0; i + 1 < bytes.Length; i++)
            if (bytes[i] == '<')
                if (bytes[i + 1] == '/') closed++;
                else if (char.IsAsciiLetter((char)bytes[i + 1])) opened++;
        const int maxOpen = 200_000; // paragraphs and rows may stay open in HTML
        if (opened - closed > maxOpen)
            throw new DocumentException(name, $"at most {maxOpen} elements that stay open", $"{opened - closed}");
    }

    private sealed class Walk(string name)
    {
        private readonly StringBuilder _text = new();

        public List<Block> Blocks { get; } = [];

        public void Visit(INode node, int depth)
        {
            if (depth > ReadingLimits.MaxDepth)
                throw new DocumentException(name, $"at most {ReadingLimits.MaxDepth} elements inside each other", "more");
            foreach (var child in node.ChildNodes)
                if (child is IText text) _text.Append(text.Data);
                else if (child is IElement element) Element(element, depth);
        }

        private void Element(IElement element, int depth)
        {
            var tag = element.LocalName;
            if (Skipped.Contains(tag)) return;
            if (tag is ['h', >= '1' and <= '6'])
            {
                Flush();
                if (TextLines.Tidy(element.TextContent).TrimEnd('#', '¶', ' ') is { Length: > 0 } title)
                    Blocks.Add(new Block(BlockKind.Heading, title, null) { Level = tag[1] - '0' });
                return;
            }
            if (tag == "table" && Rows(element) is { } rows)
            {
                Flush();
                Blocks.AddRange(rows);
                return;
            }
            var breaks = Breaking.Contains(tag) || tag is "table" or "tr" or "td" or "th";
            if (breaks) Flush();
            if (tag == "img" && element.GetAttribute("alt") is { Length: > 0 } alt) _text.Append(' ').Append(alt).Append(' ');
            Visit(element, depth + 1);
            if (breaks) Flush();
        }

        /// <summary>Null for a table that only lays out the page.</summary>
        private static List<Block>? Rows(IElement table)
        {
            if (table.QuerySelector("table,h1,h2,h3") is not null) return null;
            var rows = table.QuerySelectorAll("tr").Select(Cells).Where(r => r.Count > 0).ToList();
            if (rows.Count == 0 || rows.TrueForAll(r => r.Count == 1)) return null;
            var first = table.QuerySelector("tr");
            var hasHeader = rows.Count > 1 && first is not null && first.Children.All(c => c.LocalName == "th");
            return [.. PlainTables.Rows(rows, null, hasHeader)];
        }

        private static IReadOnlyList<string> Cells(IElement row) =>
            [.. row.Children.Where(c => c.LocalName is "td" or "th").Select(c => TextLines.Tidy(c.TextContent))];

        public void Flush()
        {
            if (TextLines.Tidy(_text.ToString()) is { Length: > 0 } text) Blocks.Add(new Block(BlockKind.Text, text, null));
            _text.Clear();
        }
    }
}
