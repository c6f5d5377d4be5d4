namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// Words that are looked up at a position of a text, without case, the longest first. Words in Latin letters count only as whole
/// words: Sick is none in sickness. Immutable.
/// </summary>
internal sealed class WordSet
{
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _words;
    private readonly Dictionary<char, int> _longest = []; // of the words that begin with a character

    public WordSet(IEnumerable<string> words)
    {
        var set = words.ToHashSet(StringComparer.OrdinalIgnoreCase);
        _words = set.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var word in set)
        {
            var first = char.ToLowerInvariant(word[0]);
            _longest[first] = Math.Max(_longest.GetValueOrDefault(first), word.Length);
        }
    }

    public bool Contains(ReadOnlySpan<char> word) => _words.Contains(word);

    /// <summary>Length of the longest word that stands at a position; 0 for none.</summary>
    public int LongestAt(string text, int at)
    {
        if (at < 0 || at >= text.Length || !_longest.TryGetValue(char.ToLowerInvariant(text[at]), out var length)) return 0;
        for (length = Math.Min(length, text.Length - at); length > 0; length--)
            if (_words.Contains(text.AsSpan(at, length)) && IsWhole(text, at, at + length)) return length;
        return 0;
    }

    /// <summary>Length of the longest word that ends before a position, and begins at a lower bound or behind it; 0 for none.</summary>
    public int LongestBefore(string text, int end, int maxLength)
    {
        for (var length = Math.Min(maxLength, end); length > 0; length--)
            if (_words.Contains(text.AsSpan(end - length, length)) && IsWhole(text, end - length, end)) return length;
        return 0;
    }

    private static bool IsWhole(string text, int start, int end) =>
        !(IsLatin(text[start]) && start > 0 && IsLatin(text[start - 1]) && !Rises(text, start))
        && !(IsLatin(text[end - 1]) && end < text.Length && IsLatin(text[end]) && !Rises(text, end));

    /// <summary>Whether a word in capitals begins behind a word in small letters: SiemensPLC.</summary>
    private static bool Rises(string text, int at) =>
        char.IsLower(text[at - 1]) && char.IsUpper(text[at]) && !(at + 1 < text.Length && char.IsLower(text[at + 1]));

    private static bool IsLatin(char c) => char.IsLetter(c) && c < '\u2e80';
}
