using System.Text;
using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation;

/// <summary>A text with its entities: UTF-16 positions, end exclusive, types as the file names them.</summary>
internal sealed record LabelledText(string Text, IReadOnlyList<(int Start, int End, string Type)> Spans);

/// <summary>
/// Reads labelled texts: a JSON array of {"full_text","spans":[{"entity_type","start_position","end_position"}]} whose positions
/// count code points, or, from a file named .iob2, columns of number, token and IOB2 tag with an empty line behind each sentence.
/// Tokens are joined by blanks, or by nothing where the file has Han characters.
/// </summary>
internal static class LabelledTexts
{
    /// <exception cref="ModelFileException">Not a file of either shape.</exception>
    public static List<LabelledText> Load(string path)
    {
        if (!File.Exists(path)) throw new ModelFileException(path, "labelled texts", "no such file");
        return path.EndsWith(".iob2", StringComparison.OrdinalIgnoreCase) ? Columns(path) : Json(path);
    }

    private static List<LabelledText> Json(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return [.. document.RootElement.EnumerateArray().Select(t =>
            {
                var text = t.GetProperty("full_text").GetString()!;
                var at = new List<int>(text.Length + 1);
                for (var i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1) at.Add(i);
                at.Add(text.Length);
                return new LabelledText(text,
                    [.. t.GetProperty("spans").EnumerateArray()
                        .Select(s =>
                            (at[s.GetProperty("start_position").GetInt32()], at[s.GetProperty("end_position").GetInt32()],
                                s.GetProperty("entity_type").GetString()!))]);
            })];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentOutOfRangeException)
        {
            throw new ModelFileException(path, "an array of full_text and spans", e.Message, e);
        }
    }

    private static List<LabelledText> Columns(string path)
    {
        var lines = File.ReadAllLines(path);
        var between = lines.Any(l => l.AsSpan().ContainsAnyInRange('\u4e00', '\u9fff')) ? "" : " ";
        var texts = new List<LabelledText>();
        var text = new StringBuilder();
        var spans = new List<(int Start, int End, string Type)>();
        var inside = "";
        foreach (var (number, line) in lines.Append("").Index())
        {
            if (line.StartsWith("# ", StringComparison.Ordinal)) continue;
            if (string.IsNullOrWhiteSpace(line))
            {
                if (text.Length > 0) texts.Add(new LabelledText(text.ToString(), [.. spans]));
                text.Clear();
                spans.Clear();
                inside = "";
                continue;
            }
            if (line.Split('\t') is not [_, var token, var tag, ..]
                || tag != "O" && (tag.Length < 3 || tag[1] != '-' || tag[0] is not ('B' or 'I')))
                throw new ModelFileException(path, "number, token and IOB2 tag between tabs", $"'{line}' in line {number + 1}");
            if (text.Length > 0) text.Append(between);
            var start = text.Length;
            text.Append(token);
            var type = tag == "O" ? "" : tag[2..];
            if (type.Length > 0 && tag[0] == 'I' && type == inside) spans[^1] = (spans[^1].Start, text.Length, type);
            else if (type.Length > 0) spans.Add((start, text.Length, type));
            inside = type;
        }
        return texts;
    }
}
