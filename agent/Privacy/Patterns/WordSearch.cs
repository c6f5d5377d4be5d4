using System.Buffers;

namespace EdgeAgent.Privacy.Patterns;

/// <summary>
/// Tells whether a text holds any of some words, without case. ASCII words and others are searched apart, since each has its fast
/// path. Immutable.
/// </summary>
internal sealed class WordSearch
{
    private readonly SearchValues<string>? _ascii, _others;
    private readonly SearchValues<char> _firstOfOthers;
    private readonly IReadOnlyList<string> _words;

    public WordSearch(IReadOnlyList<string> words)
    {
        _words = words;
        string[] ascii = [.. words.Where(w => w.All(char.IsAscii))], others = [.. words.Where(w => !w.All(char.IsAscii))];
        if (ascii.Length > 0) _ascii = SearchValues.Create(ascii, StringComparison.OrdinalIgnoreCase);
        if (others.Length > 0) _others = SearchValues.Create(others, StringComparison.OrdinalIgnoreCase);
        _firstOfOthers =
            SearchValues.Create([.. others.SelectMany(w => new[] { char.ToLowerInvariant(w[0]), char.ToUpperInvariant(w[0]) }).Distinct()]);
    }

    public bool In(ReadOnlySpan<char> text) =>
        _ascii is not null && text.ContainsAny(_ascii)
        || _others is not null && text.ContainsAny(_firstOfOthers) && text.ContainsAny(_others);

    /// <summary>Whether a part of a text holds one of the words without an ASCII letter that makes it part of a longer word.</summary>
    /// <param name="start">Inclusive.</param>
    /// <param name="end">Exclusive.</param>
    public bool InAsWord(string text, int start, int end) => In(text.AsSpan(start, end - start)) && Last(text, start, end).Start >= 0;

    /// <summary>Where the last of the words that stand whole in a part of a text begins and ends; (-1, -1) for none.</summary>
    public (int Start, int End) Last(string text, int start, int end)
    {
        var (last, lastEnd) = (-1, -1);
        foreach (var word in _words)
            for (var at = end; (at = LastIndex(text, start, at, word)) >= 0; at += word.Length - 1)
            {
                if (!IsWhole(text, at, at + word.Length)) continue;
                if (at + word.Length > lastEnd) (last, lastEnd) = (at, at + word.Length);
                break;
            }
        return (last, lastEnd);
    }

    private static int LastIndex(string text, int start, int end, string word)
    {
        var at = end > start ? text.AsSpan(start, end - start).LastIndexOf(word, StringComparison.OrdinalIgnoreCase) : -1;
        return at < 0 ? -1 : start + at;
    }

    private static bool IsWhole(string text, int start, int end) =>
        !(char.IsAsciiLetter(text[start]) && start > 0 && char.IsAsciiLetter(text[start - 1]))
        && !(char.IsAsciiLetter(text[end - 1]) && end < text.Length && char.IsAsciiLetter(text[end]));
}
