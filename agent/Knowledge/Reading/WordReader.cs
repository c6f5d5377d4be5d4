using System.Text;
using System.Xml;

namespace EdgeAgent.Knowledge.Reading;

/// <summary>
/// Word files (ECMA-376 WordprocessingML): paragraphs, headings by style or outline level, tables, page breaks. Read as a stream: no
/// tree of the document is built, external entities are off.
/// </summary>
internal sealed class WordReader : IDocumentReader
{
    private const string Space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

    public IReadOnlyList<string> Extensions => [".docx"];

    public DocumentText Read(string name, byte[] bytes)
    {
        using var archive = new BoundedArchive(name, bytes);
        var content = archive.Read("word/document.xml") ?? throw new DocumentException(name, "word/document.xml in the archive", "none");
        try
        {
            var styles = archive.Read("word/styles.xml") is { } part ? Styles(part) : [];
            var body = new WordBody(name, styles);
            using var xml = Open(content);
            while (xml.Read()) body.Take(xml);
            var title = archive.Read("docProps/core.xml") is { } core ? Title(core) : null;
            return new DocumentText(title, body.Pages, body.Blocks, []);
        }
        catch (XmlException e)
        {
            throw new DocumentException(name, "well-formed XML in the archive", e.Message, e);
        }
    }

    /// <summary>Level of each style that is a heading's, by its id.</summary>
    private static Dictionary<string, int> Styles(byte[] part)
    {
        var levels = new Dictionary<string, int>(StringComparer.Ordinal);
        using var xml = Open(part);
        var style = "";
        while (xml.Read())
        {
            if (xml.NodeType != XmlNodeType.Element) continue;
            var value = xml.GetAttribute("val", Space) ?? "";
            if (xml.LocalName == "style") style = xml.GetAttribute("styleId", Space) ?? "";
            else if (xml.LocalName == "outlineLvl" && int.TryParse(value, out var level) && level is >= 0 and < 9)
                levels[style] = level + 1;
            else if (xml.LocalName == "name" && HeadingLevel(value) is > 0 and var named) levels.TryAdd(style, named);
        }
        return levels;
    }

    private static int HeadingLevel(string name) =>
        name.StartsWith("heading ", StringComparison.OrdinalIgnoreCase) && int.TryParse(name.AsSpan(8), out var level)
            && level is > 0 and < 10 ? level : name.Equals("title", StringComparison.OrdinalIgnoreCase) ? 1 : 0;

    private static string? Title(byte[] core)
    {
        using var xml = Open(core);
        while (xml.Read())
            if (xml is { NodeType: XmlNodeType.Element, LocalName: "title" })
                return xml.ReadElementContentAsString() is { Length: > 0 and < 200 } title ? TextLines.Tidy(title) : null;
        return null;
    }

    private static XmlReader Open(byte[] part) => XmlReader.Create(new MemoryStream(part, writable: false), new XmlReaderSettings
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = ReadingLimits.MaxTextBytes,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    });

    /// <summary>Takes the nodes of the document's body in order.</summary>
    private sealed class WordBody(string name, Dictionary<string, int> styles)
    {
        private readonly StringBuilder _text = new();
        private readonly List<List<string>> _rows = []; // of the outermost table
        private readonly StringBuilder _cell = new();
        private int _level, _tables, _page = 1;
        private bool _isDeleted, _hasPages;

        public List<Block> Blocks { get; } = [];

        public int Pages => _hasPages ? _page : 0;

        private int? Page => _hasPages ? _page : null;

        public void Take(XmlReader xml)
        {
            if (xml.Depth > ReadingLimits.MaxDepth)
                throw new DocumentException(name, $"at most {ReadingLimits.MaxDepth} elements inside each other", "more");
            if (xml.NodeType is XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace) return;
            if (xml.NamespaceURI != Space) return;
            if (xml.NodeType == XmlNodeType.Element) Begin(xml);
            if (xml.NodeType == XmlNodeType.EndElement) End(xml.LocalName);
        }

        private void Begin(XmlReader xml)
        {
            switch (xml.LocalName)
            {
                case "p" when !xml.IsEmptyElement:
                    _text.Clear();
                    _level = 0;
                    break;
                case "pStyle":
                    _level = styles.GetValueOrDefault(xml.GetAttribute("val", Space) ?? "");
                    break;
                case "outlineLvl" when int.TryParse(xml.GetAttribute("val", Space), out var level) && level is >= 0 and < 9:
                    _level = level + 1;
                    break;
                case "t" when !_isDeleted && !xml.IsEmptyElement:
                    using (var inner = xml.ReadSubtree())
                        while (inner.Read())
                            if (inner.NodeType is XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace)
                                _text.Append(inner.Value);
                    break;
                case "tab" or "br" or "cr":
                    _text.Append(' ');
                    if (xml.GetAttribute("type", Space) == "page") NextPage();
                    break;
                case "lastRenderedPageBreak":
                    NextPage();
                    break;
                case "noBreakHyphen":
                    _text.Append('-');
                    break;
                case "tbl":
                    _tables++;
                    break;
                case "tr" when _tables == 1:
                    _rows.Add([]);
                    break;
                case "del" or "moveFrom" when !xml.IsEmptyElement:
                    _isDeleted = true;
                    break;
            }
        }

        private void NextPage() => (_page, _hasPages) = (_page + 1, true);

        private void End(string element)
        {
            switch (element)
            {
                case "del" or "moveFrom":
                    _isDeleted = false;
                    break;
                case "p":
                    var text = TextLines.Tidy(_text.ToString());
                    if (_tables > 0) TextLines.Append(_cell, text);
                    else if (text.Length > 0)
                        Blocks.Add(new Block(_level > 0 ? BlockKind.Heading : BlockKind.Text, text, Page) { Level = _level });
                    _text.Clear();
                    break;
                case "tc" when _tables == 1 && _rows.Count > 0:
                    _rows[^1].Add(_cell.ToString());
                    _cell.Clear();
                    break;
                case "tbl" when --_tables == 0:
                    Blocks.AddRange(PlainTables.Rows(_rows, Page));
                    _rows.Clear();
                    break;
            }
        }
    }
}
