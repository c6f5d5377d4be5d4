using System.Text;

namespace EdgeAgent.Knowledge.Reading;

/// <summary>
/// Writes the rows of a table so that each stands alone: every cell behind its column's heading. Recognizes alarm lists and parts lists,
/// whose rows are looked up by a code (<c>Knowledge/Lexicons/reading.txt</c>). Pure.
/// </summary>
internal static class TableRows
{
    /// <summary>Characters of what a row is looked up by.</summary>
    private const int MaxKey = 40;

    private static readonly HashSet<string> KeyHeadings = ReadingLexicon.File.Words("key-headings");
    private static readonly string[] KeyHeadingsHan = [.. ReadingLexicon.File.Words("key-headings-han")];

    /// <param name="header">The columns' headings; empty where the table has none.</param>
    public static IEnumerable<Block> Of(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows, int? page)
    {
        var key = KeyColumn(header);
        foreach (var row in rows)
            if (Of(header, row, key, page) is { } block) yield return block;
    }

    private static Block? Of(IReadOnlyList<string> header, IReadOnlyList<string> row, int key, int? page)
    {
        var text = new StringBuilder();
        for (var i = 0; i < row.Count; i++)
        {
            var cell = row[i].Trim();
            if (cell.Length == 0) continue;
            if (text.Length > 0) text.Append(header.Count == 0 && row.Count == 2 ? ": " : "; ");
            if (i < header.Count && header[i].Trim() is { Length: > 0 } heading) text.Append(heading).Append(": ");
            text.Append(cell);
        }
        if (text.Length == 0) return null;
        return new Block(BlockKind.Row, text.ToString(), page)
        {
            Key = key >= 0 && key < row.Count && row[key].Trim() is { Length: <= MaxKey } code && code.Any(char.IsAsciiDigit) ? code : null
        };
    }

    /// <summary>The column that a row is looked up by; -1 where there is none.</summary>
    private static int KeyColumn(IReadOnlyList<string> header)
    {
        for (var i = 0; i < header.Count; i++)
        {
            var heading = header[i].Trim().ToLowerInvariant();
            if (KeyHeadings.Contains(heading.TrimEnd('.', ':'))
                || Array.Exists(KeyHeadingsHan, h => heading.Contains(h, StringComparison.Ordinal))) return i;
        }
        return -1;
    }
}
