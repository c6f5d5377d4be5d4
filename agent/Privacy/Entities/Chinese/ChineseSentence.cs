namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>
/// A Chinese sentence read with a lexicon: its cut into words, the odds of its characters in names, cues of names, and its words
/// in Latin letters. Every character is a position. Immutable.
/// </summary>
internal sealed class ChineseSentence
{
    private const char FirstHan = '\u4e00', LastHan = '\u9fff';

    /// <summary>Codes of what stands beyond the sentence's ends.</summary>
    private const uint BeforeText = 1, BehindText = 2;

    /// <summary>The kind of <see cref="IsNameDot"/> characters.</summary>
    public const uint NameDotKind = 4;

    public ChineseSentence(string text, Lexicon lexicon)
    {
        (Text, Lexicon) = (text, lexicon);
        Odds = CharacterOdds.Of(text, lexicon);
        Words = new WordCut(text, lexicon, Odds);
        Names = new NameCues(text, lexicon, Odds, Words);
        Latin = new LatinWords(text, lexicon);
    }

    public string Text { get; }

    public Lexicon Lexicon { get; }

    /// <summary>[characters].</summary>
    public CharacterOdds[] Odds { get; }

    public WordCut Words { get; }

    public NameCues Names { get; }

    public LatinWords Latin { get; }

    /// <summary>The character at a position; digits are all the same, and beyond the ends stands a mark.</summary>
    public uint At(int position) => position < 0 ? BeforeText : position >= Text.Length ? BehindText : Code(Text[position]);

    /// <summary>Odds in foreign names; <see cref="CharacterOdds.None"/> beyond the ends.</summary>
    public float ForeignAt(int position) => position < 0 || position >= Text.Length ? CharacterOdds.None : Odds[position].Foreign;

    public static uint Code(char c) => char.IsAsciiDigit(c) ? '0' : c;

    public static bool IsHan(char c) => c >= FirstHan;

    /// <summary>The dot between the parts of a foreign name.</summary>
    public static bool IsNameDot(char c) => c is '·' or '•';

    /// <summary>Kind of a character by its code: beyond the ends, digit, Latin letter, Han, name dot, other.</summary>
    public static uint Kind(uint code) => code switch
    {
        <= BehindText => 0,
        '0' => 1,
        >= 'A' and <= 'Z' or >= 'a' and <= 'z' => 2,
        >= FirstHan and <= LastHan => 3,
        '·' or '•' => NameDotKind,
        _ => 5,
    };
}
