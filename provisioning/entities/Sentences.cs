using EdgeAgent.Privacy.Entities;

namespace EntityLab;

/// <summary>A text with its entities as (start, end, type).</summary>
internal sealed record Sentence(string Text, IReadOnlyList<(int Start, int End, int Type)> Spans)
{
    /// <summary>
    /// Fills a pattern: {X} becomes what <paramref name="value"/> gives for X, an entity of the type it names or plain text (-1).
    /// </summary>
    public static Sentence Fill(string pattern, Func<char, (string Value, int Type)> value, Func<string, string> end)
    {
        var text = new System.Text.StringBuilder();
        var spans = new List<(int, int, int)>();
        for (var at = 0; at < pattern.Length; at++)
        {
            if (pattern[at] != '{')
            {
                text.Append(pattern[at]);
                continue;
            }
            var (filled, type) = value(pattern[at + 1]);
            at += 2;
            if (type >= 0) spans.Add((text.Length, text.Length + filled.Length, type));
            text.Append(filled);
        }
        return new Sentence(text.Append(end(text.ToString())).ToString(), spans);
    }

    /// <summary>The same as devices read it: in NFKC, without invisible characters.</summary>
    public Sentence Normalized()
    {
        var text = EdgeAgent.Privacy.NormalizedText.Of(Text);
        return new Sentence(text.Text, [.. Spans.Select(s => (text.IndexOf(s.Start), text.IndexOf(s.End), s.Type))]);
    }

    /// <summary>Labels of the positions; an entity that cuts through a position is left out.</summary>
    public byte[] Labels(IReadOnlyList<(int Start, int Length)> positions)
    {
        var labels = new byte[positions.Count];
        foreach (var (start, end, type) in Spans)
        {
            var first = -1;
            for (var i = 0; i < positions.Count; i++)
            {
                if (positions[i].Start < start || positions[i].Start + positions[i].Length > end) continue;
                labels[i] = (byte)(first < 0 ? Tagger.Begin(type) : Tagger.Inside(type));
                if (first < 0) first = i;
            }
        }
        return labels;
    }
}

/// <summary>Where blanks stand between the tokens of a sentence.</summary>
internal enum Blanks { Nowhere, BetweenLatin, Everywhere }

/// <summary>Reads the shared data's column formats.</summary>
internal static class Reader
{
    /// <summary>Columns of token and tag; blanks between tokens stand where <paramref name="blanks"/> says.</summary>
    public static List<Sentence> Columns(string path, int tokenColumn, int tagColumn, char[] separators, Blanks blanks)
    {
        var sentences = new List<Sentence>();
        var tokens = new List<(string Token, string Tag)>();
        foreach (var line in File.ReadLines(path).Append(""))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal) && tokenColumn == 1) continue;
            if (string.IsNullOrWhiteSpace(line))
            {
                if (tokens.Count > 0) sentences.Add(Join(tokens, blanks));
                tokens.Clear();
                continue;
            }
            var parts = line.Split(separators);
            if (parts.Length > Math.Max(tokenColumn, tagColumn)) tokens.Add((parts[tokenColumn], parts[tagColumn]));
        }
        return sentences;
    }

    private static Sentence Join(List<(string Token, string Tag)> tokens, Blanks blanks)
    {
        var text = new System.Text.StringBuilder();
        var spans = new List<(int Start, int End, int Type)>();
        var previous = -1;
        foreach (var (token, tag) in tokens)
        {
            if (text.Length > 0
                && (blanks == Blanks.Everywhere
                    || blanks == Blanks.BetweenLatin && char.IsAsciiLetter(text[^1]) && char.IsAsciiLetter(token[0]))) text.Append(' ');
            var start = text.Length;
            text.Append(token);
            var type = Type(tag);
            // IOB1 and IOB2: an inside of the same type goes on, anything else begins
            if (type >= 0 && tag.StartsWith("I-", StringComparison.Ordinal) && previous == type && spans.Count > 0)
                spans[^1] = (spans[^1].Start, text.Length, type);
            else if (type >= 0) spans.Add((start, text.Length, type));
            previous = type;
        }
        return new Sentence(text.ToString(), spans);
    }

    private static int Type(string tag) => tag.Length < 3 ? -1 : tag[2..].Trim().ToUpperInvariant() switch
    {
        "PER" or "PERSON" => 0,
        "LOC" or "LOCATION" => 1,
        "ORG" or "CORPORATION" or "GROUP" => 2,
        _ => -1,
    };
}
