namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// Chinese: every character is a position; neighbours, their pairs and triples, kinds of characters, and the words of the lexicon
/// that cover it.
/// </summary>
internal sealed class HanFeatures : IFeatures
{
    /// <summary>Lexicon classes: person, place, organisation, other proper name, other word, surname, place division, given name.</summary>
    public const byte Person = 1, Place = 2, Organization = 4, Proper = 8, Word = 16, Surname = 32, Division = 64, Given = 128;

    public int Width => 88;

    /// <summary>
    /// Keys of characters' odds in the lexicon, put before the character: how much likelier it is as a surname, as the first or
    /// last character of a given name, or in the sound of a foreign name, than in running text.
    /// </summary>
    public const char SurnameOdds = '\u0001', FirstOdds = '\u0002', LastOdds = '\u0003', ForeignOdds = '\u0004', Running = '\u0005';

    /// <summary>
    /// Key of words in Latin letters, put before the word in lower case; their classes are <see cref="WordFeatures"/>'. Longer
    /// ones are not looked up.
    /// </summary>
    public const char LatinKey = '\u0006';
    public const int MaxLatin = 24;

    /// <summary>Odds are kept as 128 + <see cref="OddsScale"/> x log2; a character without any counts as this.</summary>
    public const float OddsScale = 10, NoOdds = -5;

    public List<(int Start, int Length)> Positions(string text)
    {
        var positions = new List<(int Start, int Length)>(text.Length);
        for (var i = 0; i < text.Length; i++) positions.Add((i, 1));
        return positions;
    }

    public ISpanFeatures? Fill(string text, IReadOnlyList<(int Start, int Length)> positions, Lexicon lexicon, Span<uint> features)
    {
        var reading = new ChineseFeatures(text, lexicon);
        for (var i = 0; i < text.Length; i++) reading.Fill(i, features.Slice(i * Width, Width));
        return reading;
    }
}
