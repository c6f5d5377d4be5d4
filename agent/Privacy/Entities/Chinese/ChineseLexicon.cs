namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>
/// What an entry of the Chinese model's lexicon says: classes of words, and under special keys the odds of single characters and
/// the classes of words in Latin letters.
/// </summary>
public static class ChineseLexicon
{
    /// <summary>Class bits: person, place, organisation, other proper name, other word, surname, place division, given name.</summary>
    public const byte Person = 1, Place = 2, Organization = 4, Proper = 8, Word = 16, Surname = 32, Division = 64, Given = 128;

    /// <summary>
    /// Keys of a character's odds, put before the character: how much likelier it is as a surname, as the first or last character
    /// of a given name, or in the sound of a foreign name, than in running text. Kept as 128 + <see cref="OddsScale"/> x log2.
    /// </summary>
    public const char SurnameOdds = '\u0001', FirstOdds = '\u0002', LastOdds = '\u0003', ForeignOdds = '\u0004';

    /// <summary>
    /// Key of a character's share of running text, put before the character. Kept as -<see cref="OddsScale"/> x log2.
    /// </summary>
    public const char RunningShare = '\u0005';

    /// <summary>
    /// Key of words in Latin letters, put before the word in lower case; their classes are those of
    /// <see cref="Alphabets.AlphabetLexicon"/>.
    /// </summary>
    public const char LatinKey = '\u0006';

    /// <summary>Words of more Latin letters are not looked up.</summary>
    public const int MaxLatin = 24;

    /// <summary>Steps of a stored weight for each doubling of the odds.</summary>
    public const float OddsScale = 10;

    /// <summary>The weight that stands for odds of 1.</summary>
    public const int EvenOdds = 128;

    /// <summary>Longest word, in characters.</summary>
    public const int MaxWord = 6;
}
