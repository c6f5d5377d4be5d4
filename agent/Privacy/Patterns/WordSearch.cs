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

    public WordSearch(IReadOnlyList<string> words)
    {
        string[] ascii = [.. words.Where(w => w.All(char.IsAscii))], others = [.. words.Where(w => !w.All(char.IsAscii))];
        if (ascii.Length > 0) _ascii = SearchValues.Create(ascii, StringComparison.OrdinalIgnoreCase);
        if (others.Length > 0) _others = SearchValues.Create(others, StringComparison.OrdinalIgnoreCase);
        _firstOfOthers =
            SearchValues.Create([.. others.SelectMany(w => new[] { char.ToLowerInvariant(w[0]), char.ToUpperInvariant(w[0]) }).Distinct()]);
    }

    public bool In(ReadOnlySpan<char> text) =>
        _ascii is not null && text.ContainsAny(_ascii)
        || _others is not null && text.ContainsAny(_firstOfOthers) && text.ContainsAny(_others);
}
