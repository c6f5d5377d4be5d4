namespace EdgeAgent.Knowledge;

/// <summary>Where sentences end, in both languages. Pure.</summary>
internal static class Sentences
{
    /// <summary>Whether a sentence ends with a character: a full stop within a number or an abbreviation is none.</summary>
    public static bool Ends(string text, int at) => text[at] switch
    {
        '。' or '！' or '？' or '；' or '\n' => true,
        '.' or '!' or '?' or ';' => (at + 1 == text.Length || char.IsWhiteSpace(text[at + 1]))
            && !(text[at] == '.' && IsAbbreviation(text, at)),
        _ => false,
    };

    /// <summary>Whether a full stop ends an abbreviation: a small letter follows, or one letter stands before it.</summary>
    private static bool IsAbbreviation(string text, int at) =>
        at + 2 < text.Length && char.IsLower(text[at + 2])
        || at > 0 && char.IsLetter(text[at - 1]) && (at == 1 || text[at - 2] is ' ' or '(');

    /// <summary>The sentences of a text as their places in it, without the white space around them.</summary>
    public static IEnumerable<(int Start, int End)> Of(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (!Ends(text, i) && i + 1 < text.Length) continue;
            var (from, to) = (start, i + 1);
            while (from < to && char.IsWhiteSpace(text[from])) from++;
            while (to > from && char.IsWhiteSpace(text[to - 1])) to--;
            if (to > from) yield return (from, to);
            start = i + 1;
        }
    }
}
