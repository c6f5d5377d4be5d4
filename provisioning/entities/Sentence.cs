using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Entities;
using EdgeAgent.Privacy.Measuring;

namespace EntityLab;

/// <summary>A text with its entities as (start, end, type); the type is an index in <see cref="EntityLabels.Types"/>.</summary>
internal sealed record Sentence(string Text, IReadOnlyList<(int Start, int End, int Type)> Spans)
{
    /// <summary>The type of plain text in <see cref="Fill"/>.</summary>
    public const int Plain = -1;

    /// <summary>Types of entities.</summary>
    public const int Person = 0, Place = 1, Organization = 2;

    /// <summary>A labelled text; entities of other types than ours are left out.</summary>
    public static Sentence From(LabelledText text) =>
        new(text.Text, [.. text.Spans.Select(s => (s.Start, s.End, Type: TypeOf(s.Type))).Where(s => s.Type != Plain)]);

    /// <summary>
    /// Fills a pattern: {X} becomes what <paramref name="value"/> gives for X, an entity of the type it names or plain text. What
    /// <paramref name="end"/> gives for the text so far is appended.
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
            if (type != Plain) spans.Add((text.Length, text.Length + filled.Length, type));
            text.Append(filled);
        }
        return new Sentence(text.Append(end(text.ToString())).ToString(), spans);
    }

    /// <summary>The same as devices read it: in NFKC, without invisible characters.</summary>
    public Sentence Normalized()
    {
        var text = NormalizedText.Of(Text);
        return new Sentence(text.Text, [.. Spans.Select(s => (text.IndexOf(s.Start), text.IndexOf(s.End), s.Type))]);
    }

    /// <summary>With the names of the types.</summary>
    public LabelledText Labelled() => new(Text, [.. Spans.Select(s => (s.Start, s.End, EntityLabels.Types[s.Type]))]);

    /// <summary>Labels of the positions; a position that an entity cuts through is outside.</summary>
    public byte[] Labels(IReadOnlyList<(int Start, int Length)> positions)
    {
        var labels = new byte[positions.Count];
        foreach (var (start, end, type) in Spans)
        {
            var first = -1;
            for (var i = 0; i < positions.Count; i++)
            {
                if (positions[i].Start < start || positions[i].Start + positions[i].Length > end) continue;
                labels[i] = (byte)(first < 0 ? EntityLabels.Begin(type) : EntityLabels.Inside(type));
                if (first < 0) first = i;
            }
        }
        return labels;
    }

    /// <summary>Names of types in the data sets.</summary>
    private static int TypeOf(string name) => name.Trim().ToUpperInvariant() switch
    {
        "PER" or "PERSON" => Person,
        "LOC" or "LOCATION" => Place,
        "ORG" or "CORPORATION" or "GROUP" => Organization,
        _ => Plain,
    };
}
