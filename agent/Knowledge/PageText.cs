using System.Text;

namespace EdgeAgent.Knowledge;

/// <summary>The page of a document that somebody is shown, and the cited lines in it.</summary>
/// <param name="Page">Null where the format has no pages: then the text is a section.</param>
/// <param name="Marks">Places of the cited lines in the text: from, to; UTF-16 code units.</param>
internal sealed record PageText(SourceDocument Document, int? Page, string Section, string Text, IReadOnlyList<(int Start, int End)> Marks)
{
    /// <summary>Characters of a text that is shown; of a longer section the part around the cited lines.</summary>
    internal const int MaxLength = 65_536;

    /// <summary>The page, or the section, that has a place of a document's text. Null where there is no such place. Pure.</summary>
    /// <param name="passages">All of the document's, in their order.</param>
    /// <param name="start">First character of the cited lines, as a citation has it.</param>
    /// <param name="end">Behind the last one.</param>
    public static PageText? Of(SourceDocument document, IReadOnlyList<Passage> passages, int start, int end)
    {
        var at = passages.Index().FirstOrDefault(p => p.Item.Start <= start && start < p.Item.Start + Math.Max(1, p.Item.Text.Length),
            (-1, null!)).Index;
        return at < 0 ? null : Around(document, passages, at, start, end);
    }

    /// <summary>A page by its number, without marks. Null where the document has none of that number.</summary>
    public static PageText? OfPage(SourceDocument document, IReadOnlyList<Passage> passages, int page)
    {
        var at = passages.Index().FirstOrDefault(p => p.Item.Page == page, (-1, null!)).Index;
        return at < 0 ? null : Around(document, passages, at, start: 0, end: 0);
    }

    private static PageText Around(SourceDocument document, IReadOnlyList<Passage> passages, int at, int start, int end)
    {
        bool IsThere(int i) => passages[at].Page is { } page ? passages[i].Page == page : passages[i].Section == passages[at].Section;
        var (first, last, length) = (at, at, passages[at].Text.Length);
        while (first > 0 && IsThere(first - 1) && (length += passages[first - 1].Text.Length) <= MaxLength) first--;
        while (last + 1 < passages.Count && IsThere(last + 1) && (length += passages[last + 1].Text.Length) <= MaxLength) last++;
        var (text, marks, section) = (new StringBuilder(), new List<(int, int)>(), default(string));
        for (var i = first; i <= last; i++)
        {
            var passage = passages[i];
            if (passage.Section != section && passage.Section.Length > 0)
                text.Append(passage.Section.Split(Passage.SectionSeparator)[^1]).Append('\n');
            section = passage.Section;
            var (from, to) = (Math.Max(start, passage.Start), Math.Min(end, passage.Start + passage.Text.Length));
            if (from < to) marks.Add((text.Length + from - passage.Start, text.Length + to - passage.Start));
            text.Append(passage.Text).Append('\n');
        }
        return new PageText(document, passages[at].Page, passages[at].Section, text.ToString(), marks);
    }
}
