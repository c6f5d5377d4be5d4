using System.Text;
using EdgeAgent.Knowledge.Reading;

namespace EdgeAgent.Knowledge;

/// <summary>
/// Cuts a document's text into passages: none crosses a page or a section, a row that is looked up by a code is one of its own. Pure.
/// </summary>
internal sealed class PassageBuilder
{
    /// <summary>Length of a passage; a Han character counts as much as this many letters.</summary>
    private const int MaxLength = 1000, HanLength = 2;

    /// <summary>Characters of a section's path.</summary>
    private const int MaxSection = 300;

    private readonly List<Passage> _passages = [];
    private readonly List<(int Level, string Title)> _path = [];
    private readonly StringBuilder _text = new();
    private int? _page;
    private int _start, _length, _at;
    private bool _isEmptySection, _isTable;

    private PassageBuilder()
    {
    }

    public static IReadOnlyList<Passage> Build(IEnumerable<Block> blocks)
    {
        var builder = new PassageBuilder();
        foreach (var block in blocks) builder.Add(block);
        builder.CloseSection();
        return builder._passages;
    }

    private void Add(Block block)
    {
        if (block.Kind == BlockKind.Heading)
        {
            // a heading right below another one that is its parent leaves no empty section behind
            if (!(_isEmptySection && _path.Count > 0 && block.Level > _path[^1].Level)) CloseSection();
            _path.RemoveAll(p => p.Level >= block.Level);
            _path.Add((block.Level, block.Text));
            (_isEmptySection, _page, _at) = (true, block.Page, _at + block.Text.Length + 1);
            return;
        }
        _isEmptySection = false;
        foreach (var piece in Pieces(block.Text))
        {
            var length = Length(piece);
            var isFull = _length > 0 && (_length + length > MaxLength || block.Key is not null);
            if (isFull || block.Page != _page || _isTable != (block.Kind == BlockKind.Row)) Close();
            if (_text.Length == 0) (_page, _start, _isTable) = (block.Page, _at, block.Kind == BlockKind.Row);
            else _text.Append('\n');
            _text.Append(piece);
            (_length, _at) = (_length + length, _at + piece.Length + 1);
            if (block.Key is not null) Close(block.Key);
        }
    }

    /// <summary>Ends a section; one without text stands as its heading alone.</summary>
    private void CloseSection()
    {
        Close();
        if (!_isEmptySection || _path.Count == 0) return;
        var title = _path[^1].Title;
        _passages.Add(new Passage(title, _page, Section(), _at - title.Length - 1));
        _isEmptySection = false;
    }

    private void Close(string? key = null)
    {
        if (_text.Length > 0) _passages.Add(new Passage(_text.ToString(), _page, Section(), _start, key, _isTable));
        _text.Clear();
        _length = 0;
    }

    private string Section()
    {
        var path = string.Join(Passage.SectionSeparator, _path.Select(p => p.Title));
        return path.Length <= MaxSection ? path : path[^MaxSection..];
    }

    /// <summary>A text in pieces that fit a passage, cut behind a sentence where there is one.</summary>
    private static IEnumerable<string> Pieces(string text)
    {
        while (Length(text) > MaxLength)
        {
            var (end, length, sentence) = (0, 0, 0);
            for (; end < text.Length && length < MaxLength; end++)
            {
                length += Length(text[end]);
                if (Sentences.Ends(text, end)) sentence = end + 1;
            }
            if (sentence > end / 3) end = sentence;
            else if (char.IsHighSurrogate(text[end - 1])) end--;
            yield return text[..end].TrimEnd();
            text = text[end..].TrimStart();
        }
        if (text.Length > 0) yield return text;
    }

    private static int Length(string text) => text.Sum(Length);

    private static int Length(char c) => TextLines.IsWide(c) ? HanLength : 1;
}
