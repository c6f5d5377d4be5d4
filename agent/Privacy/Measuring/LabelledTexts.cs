using System.Text;
using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Privacy.Measuring;

/// <summary>Reads labelled texts from JSON and from columns.</summary>
public static class LabelledTexts
{
    /// <summary>
    /// Reads a JSON array of {"full_text","spans":[{"entity_type","start_position","end_position"}]} whose positions count code
    /// points, or, from a file named .iob2, columns of number, token and IOB2 tag. Tokens are joined by blanks, or by nothing where
    /// the file has Han characters.
    /// </summary>
    /// <exception cref="ModelFileException">Not a file of either shape; the message says what was expected and found.</exception>
    public static List<LabelledText> Load(string path)
    {
        if (!File.Exists(path)) throw new ModelFileException(path, "labelled texts", "no such file");
        if (!path.EndsWith(".iob2", StringComparison.OrdinalIgnoreCase)) return Json(path);
        var lines = ModelFile.ReadLines(path);
        var hasHan = lines.Any(l => l.AsSpan().ContainsAnyInRange('\u4e00', '\u9fff'));
        return Columns(path, lines, ColumnFormat.Iob2(hasHan ? TokenSpacing.None : TokenSpacing.Everywhere));
    }

    /// <summary>Reads columns of tokens and tags.</summary>
    /// <exception cref="ModelFileException">A line has other columns; the message has its number.</exception>
    public static List<LabelledText> Columns(string path, ColumnFormat format) => Columns(path, ModelFile.ReadLines(path), format);

    private static List<LabelledText> Json(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(ModelFile.ReadText(path));
            return [.. document.RootElement.EnumerateArray().Select(Text)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentOutOfRangeException)
        {
            throw new ModelFileException(path, "an array of full_text and spans", e.Message, e);
        }
    }

    private static LabelledText Text(JsonElement element)
    {
        var text = element.GetProperty("full_text").GetString()!;
        var at = new List<int>(text.Length + 1); // UTF-16 position of each code point
        for (var i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1) at.Add(i);
        at.Add(text.Length);
        return new LabelledText(text, [.. element.GetProperty("spans").EnumerateArray()
            .Select(s => (at[s.GetProperty("start_position").GetInt32()], at[s.GetProperty("end_position").GetInt32()],
                s.GetProperty("entity_type").GetString()!))]);
    }

    private static List<LabelledText> Columns(string path, IReadOnlyList<string> lines, ColumnFormat format)
    {
        ArgumentNullException.ThrowIfNull(format);
        var texts = new List<LabelledText>();
        var sentence = new SentenceBuilder(format.Spacing);
        foreach (var (number, line) in lines.Index())
        {
            if (format.HasComments && line.StartsWith("# ", StringComparison.Ordinal)) continue;
            if (string.IsNullOrWhiteSpace(line))
            {
                if (sentence.Take() is { } text) texts.Add(text);
                continue;
            }
            var columns = line.Split(format.Separator);
            if (columns.Length <= Math.Max(format.TokenColumn, format.TagColumn) || !IsTag(columns[format.TagColumn]))
                throw new ModelFileException(path,
                    $"columns with a token in column {format.TokenColumn + 1} and an IOB2 tag in column {format.TagColumn + 1}",
                    $"'{line}' in line {number + 1}");
            sentence.Add(columns[format.TokenColumn], columns[format.TagColumn]);
        }
        if (sentence.Take() is { } last) texts.Add(last);
        return texts;
    }

    private static bool IsTag(string tag) => tag == "O" || tag.Length > 2 && tag[1] == '-' && tag[0] is 'B' or 'I';

    /// <summary>Puts a sentence together, token by token.</summary>
    private sealed class SentenceBuilder(TokenSpacing spacing)
    {
        private readonly StringBuilder _text = new();
        private readonly List<(int Start, int End, string Type)> _spans = [];
        private string _inside = ""; // type of the token before
        private bool _isEmpty = true; // a sentence can have tokens without any character

        public void Add(string token, string tag)
        {
            if (HasSpaceBefore(token)) _text.Append(' ');
            var start = _text.Length;
            _text.Append(token);
            var type = tag == "O" ? "" : tag[2..];
            // IOB1 and IOB2: an inside of the same type goes on, anything else begins
            if (type.Length > 0 && tag[0] == 'I' && type == _inside) _spans[^1] = (_spans[^1].Start, _text.Length, type);
            else if (type.Length > 0) _spans.Add((start, _text.Length, type));
            (_inside, _isEmpty) = (type, false);
        }

        private bool HasSpaceBefore(string token) => _text.Length > 0
            && (spacing == TokenSpacing.Everywhere
                || spacing == TokenSpacing.BetweenLatin && char.IsAsciiLetter(_text[^1]) && char.IsAsciiLetter(token[0]));

        /// <summary>The sentence, null where no token was added; then begins a new one.</summary>
        public LabelledText? Take()
        {
            var sentence = _isEmpty ? null : new LabelledText(_text.ToString(), [.. _spans]);
            _text.Clear();
            _spans.Clear();
            (_inside, _isEmpty) = ("", true);
            return sentence;
        }
    }
}
