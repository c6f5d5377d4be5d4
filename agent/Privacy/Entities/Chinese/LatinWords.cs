namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>
/// Words in Latin letters within a Chinese sentence. They often stand without blanks (WestSideStory): they are cut where the case
/// rises, and each is looked up in the lists of alphabets (classes of <see cref="Alphabets.AlphabetLexicon"/>).
/// </summary>
internal sealed class LatinWords
{
    /// <summary>All class bits of a word; <see cref="Word.Tag"/> less 1 has them lowest.</summary>
    public const uint AllClasses = 0xff;

    private const int EndingLength = 3, MaxTagLength = 5;

    /// <summary>Factors of shape and length in a tag, behind the classes.</summary>
    private const uint ShapeFactor = 256, LengthFactor = 1024;

    /// <param name="Tag">1 + classes, shape and length together; never 0.</param>
    /// <param name="Ending">Hash of its last three letters.</param>
    /// <param name="Whole">Its hash in lower case.</param>
    public readonly record struct Word(int Start, int Length, uint Tag, uint Ending, uint Whole);

    private readonly List<Word> _words = [];
    private readonly int[] _at; // index + 1 of the word at a position
    private readonly string _text, _lower;

    public LatinWords(string text, Lexicon lexicon)
    {
        (_text, _lower) = (text, text.ToLowerInvariant());
        _at = new int[text.Length];
        Span<char> key = stackalloc char[ChineseLexicon.MaxLatin + 1];
        for (var i = 0; i < text.Length;)
        {
            if (!char.IsAsciiLetter(text[i]))
            {
                i++;
                continue;
            }
            var end = i + 1;
            while (end < text.Length && char.IsAsciiLetter(text[end])) end++;
            // a word that is known as it stands (McDonald), or its parts
            if (Classes(i, end - i, key, lexicon) is var known and not 0) Add(i, end - i, known);
            else
                for (var from = i; from < end;)
                {
                    var to = from + 1;
                    while (to < end && !Rises(text, to, end)) to++;
                    Add(from, to - from, Classes(from, to - from, key, lexicon));
                    from = to;
                }
            i = end;
        }
    }

    /// <summary>The word at a position; null where no Latin letter stands.</summary>
    public Word? At(int position) => position < 0 || position >= _at.Length || _at[position] == 0 ? null : _words[_at[position] - 1];

    /// <summary>The word before or after another, at most a blank or mark away; null where there is none.</summary>
    public Word? Beside(Word word, int step)
    {
        var index = _at[word.Start] - 1 + step;
        if (index < 0 || index >= _words.Count) return null;
        var other = _words[index];
        var gap = step > 0 ? other.Start - word.Start - word.Length : word.Start - other.Start - other.Length;
        return gap == 0 || gap == 1 && !char.IsLetterOrDigit(_text[step > 0 ? other.Start - 1 : word.Start - 1]) ? other : null;
    }

    /// <summary>The tag of a word, 0 for none.</summary>
    public static uint TagOf(Word? word) => word is { } w ? w.Tag : 0;

    private void Add(int start, int length, byte classes)
    {
        var word = _text.AsSpan(start, length);
        var shape = word.ContainsAnyInRange('a', 'z') ? char.IsAsciiLetterUpper(word[0]) ? 1u : 2u : 3u;
        _words.Add(new Word(start, length, 1u + classes + shape * ShapeFactor + (uint)Math.Min(length, MaxTagLength) * LengthFactor,
            FeatureHash.Of(word[^Math.Min(EndingLength, length)..]), FeatureHash.Of(_lower.AsSpan(start, length))));
        _at.AsSpan(start, length).Fill(_words.Count);
    }

    /// <summary>A new word begins at a capital behind a small letter, and at the last capital before a small one.</summary>
    private static bool Rises(string text, int at, int end) =>
        char.IsAsciiLetterUpper(text[at])
        && (char.IsAsciiLetterLower(text[at - 1]) || at + 1 < end && char.IsAsciiLetterLower(text[at + 1]));

    private byte Classes(int start, int length, Span<char> key, Lexicon lexicon)
    {
        if (length is < 2 or > ChineseLexicon.MaxLatin) return 0;
        key[0] = ChineseLexicon.LatinKey;
        _lower.AsSpan(start, length).CopyTo(key[1..]);
        return lexicon.Classes(key[..(length + 1)]);
    }
}
