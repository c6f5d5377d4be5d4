namespace EdgeAgent.Privacy.Entities.Alphabets;

/// <summary>
/// A sentence in an alphabet: for each word its hash, its shape, and the lexicon classes of the word and of the phrases that hold
/// it. Immutable.
/// </summary>
internal sealed class AlphabetSentence
{
    /// <summary>Codes of the words beyond the sentence's ends, and the first of numbers by their length.</summary>
    private const uint BeforeText = 1, BehindText = 2, FirstNumber = 3;

    private const uint NoClasses = 0xfff;
    private const int MaxDigits = 6;

    private readonly string _lower;
    private readonly IReadOnlyList<(int Start, int Length)> _positions;
    private readonly uint[] _words, _shapes; // [positions]
    private readonly byte[] _classes, _begins, _insides; // [positions]: of words; of phrases that begin there, and that go on there

    public AlphabetSentence(string text, IReadOnlyList<(int Start, int Length)> positions, Lexicon lexicon)
    {
        (_lower, _positions) = (text.ToLowerInvariant(), positions);
        var count = positions.Count;
        (_words, _shapes) = (new uint[count], new uint[count]);
        (_classes, _begins, _insides) = (new byte[count], new byte[count], new byte[count]);
        for (var i = 0; i < count; i++)
        {
            var (start, length) = positions[i];
            _words[i] = char.IsDigit(text[start]) ? FirstNumber + (uint)Math.Min(length, MaxDigits)
                : FeatureHash.Of(_lower.AsSpan(start, length));
            _shapes[i] = ShapeOf(text.AsSpan(start, length));
            _classes[i] = lexicon.Classes(_lower.AsSpan(start, length));
            FindPhrases(i, lexicon);
        }
        var capitals = positions.Count(p => char.IsUpper(text[p.Start]));
        Case = capitals == 0 ? 0u : capitals * 2 > count ? 2u : 1u;
    }

    /// <summary>0 without capitals, 2 where most words have one, else 1.</summary>
    public uint Case { get; }

    /// <summary>The word in lower case.</summary>
    public ReadOnlySpan<char> Lower(int position) => _lower.AsSpan(_positions[position].Start, _positions[position].Length);

    /// <summary>Hash of a word, or the length of a number.</summary>
    public uint Word(int position) => position < 0 ? BeforeText : position >= _words.Length ? BehindText : _words[position];

    public uint Shape(int position) => position < 0 ? BeforeText : position >= _words.Length ? BehindText : _shapes[position];

    /// <summary>Classes of the word, of phrases that begin with it and of phrases that go on with it.</summary>
    public uint Classes(int position) => position < 0 || position >= _words.Length ? NoClasses
        : _classes[position] | (uint)_begins[position] << 8 | (uint)_insides[position] << 16;

    /// <summary>Class bits of the word alone.</summary>
    public byte OwnClasses(int position) => _classes[position];

    private void FindPhrases(int first, Lexicon lexicon)
    {
        var start = _positions[first].Start;
        for (var words = 2; words <= Math.Min(AlphabetLexicon.MaxPhrase, _positions.Count - first); words++)
        {
            var (lastStart, lastLength) = _positions[first + words - 1];
            var found = lexicon.Classes(_lower.AsSpan(start, lastStart + lastLength - start));
            if (found == 0) continue;
            _begins[first] |= found;
            for (var k = 1; k < words; k++) _insides[first + k] |= found;
        }
    }

    /// <summary>
    /// Kinds of characters, runs shortened: one shape for Paris, another for ABB; numbers by their length; marks by themselves.
    /// </summary>
    private static uint ShapeOf(ReadOnlySpan<char> word)
    {
        if (char.IsDigit(word[0])) return 10 + (uint)Math.Min(word.Length, MaxDigits);
        if (!char.IsLetter(word[0])) return 100 + (uint)word[0];
        bool first = char.IsUpper(word[0]), restUpper = false, restLower = false;
        foreach (var c in word[1..]) (restUpper, restLower) = (restUpper || char.IsUpper(c), restLower || char.IsLower(c));
        return 20 + (first ? 1u : 0) + (restUpper ? 2u : 0) + (restLower ? 4u : 0) + (word.Length == 1 ? 8u : 0)
            + (word[0] > '\u024f' ? 16u : 0); // beyond Latin
    }
}
