using System.Text;
using EdgeAgent.Platform;

namespace EdgeAgent.Knowledge.Reading;

/// <summary>Tables as text (RFC 4180): the first row is the header; commas, semicolons or tabs, whichever the header has most.</summary>
internal sealed class TableFileReader : IDocumentReader
{
    private const int MaxColumns = 200;

    public IReadOnlyList<string> Extensions => [".csv", ".tsv"];

    public DocumentText Read(string name, byte[] bytes)
    {
        if (bytes.Length > ReadingLimits.MaxTextBytes)
            throw new DocumentException(name, $"at most {ReadingLimits.MaxTextBytes >> 20} MB", $"{bytes.Length >> 20} MB");
        var text = TextFile.Decode(name, bytes);
        var head = text.Split('\n', 2)[0];
        var separator = new[] { ',', ';', '\t' }.MaxBy(c => head.Count(x => x == c));
        var rows = Rows(name, text, separator).Where(r => r.Exists(c => c.Length > 0)).ToList();
        if (rows.Count == 0) return new DocumentText(null, 0, [], []);
        return new DocumentText(null, 0, [.. TableRows.Of(rows[0], rows.Skip(1), null)], []);
    }

    private static IEnumerable<List<string>> Rows(string name, string text, char separator)
    {
        var row = new List<string>();
        var cell = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (isQuoted)
            {
                if (c != '"') cell.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"') cell.Append(text[i++]);
                else isQuoted = false;
                continue;
            }
            if (c == '"' && cell.Length == 0) isQuoted = true;
            else if (c == separator || c == '\n')
            {
                row.Add(TextLines.Tidy(cell.ToString()));
                cell.Clear();
                if (row.Count > MaxColumns) throw new DocumentException(name, $"at most {MaxColumns} columns", "more");
                if (c != '\n') continue;
                yield return row;
                row = [];
            }
            else cell.Append(c);
        }
        if (isQuoted) throw new DocumentException(name, "a closing quotation mark for each opening one", "none at the end of the file");
        row.Add(TextLines.Tidy(cell.ToString()));
        yield return row;
    }
}
