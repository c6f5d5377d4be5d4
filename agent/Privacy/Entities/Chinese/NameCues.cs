using EdgeAgent.Platform;
using static EdgeAgent.Privacy.Entities.Chinese.ChineseLexicon;

namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>
/// What in a Chinese sentence speaks for names, by character: the likeliest native name that covers it, the run of characters
/// that write a foreign name by sound, and the next ending of an organisation's or a place's name.
/// </summary>
internal sealed class NameCues
{
    /// <summary>A given name of one character counts this much less than its odds: they are rarer.</summary>
    private const float ShortGivenPenalty = 1;

    /// <summary>Characters ahead in which an ending counts.</summary>
    private const int MaxEndDistance = 10;

    private static readonly LexiconFile Endings =
        LexiconFile.Embedded(typeof(NameCues).Assembly, "Privacy/Lexicons/name-endings-zh.txt");
    private static readonly HashSet<char> EndCharacters = Endings.Characters("characters");
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> EndWords =
        Endings.Words("words").GetAlternateLookup<ReadOnlySpan<char>>();

    private readonly (float Score, int Length, int At)[] _names; // [characters]
    private readonly (int Start, int Length)[] _sounds; // [characters]
    private readonly (int Distance, uint End)[] _ends; // [characters]

    public NameCues(string text, Lexicon lexicon, CharacterOdds[] odds, WordCut words)
    {
        _names = Names(odds);
        _sounds = Sounds(text, lexicon);
        _ends = Ends(text, words);
    }

    /// <summary>The likeliest native name that covers a character: score, length (0 for none), and where in it that is.</summary>
    public (float Score, int Length, int At) Name(int position) => _names[position];

    /// <summary>The run of characters that write a foreign name by sound; length 0 for none.</summary>
    public (int Start, int Length) Sound(int position) => _sounds[position];

    /// <summary>The next ending of a name: 1 + how far ahead, 0 for none, and its last character.</summary>
    public (int Distance, uint End) End(int position) => _ends[position];

    /// <summary>The odds of a native name: a surname of one character with a given name of one or two.</summary>
    public static float NameScore(CharacterOdds[] odds, int start, int length) =>
        odds[start].Surname + GivenScore(odds, start + 1, length - 1);

    /// <summary>The odds of a given name of one or two characters.</summary>
    public static float GivenScore(CharacterOdds[] odds, int start, int length) =>
        length == 1 ? odds[start].Last - ShortGivenPenalty : odds[start].First + odds[start + 1].Last;

    private static (float Score, int Length, int At)[] Names(CharacterOdds[] odds)
    {
        var names = new (float Score, int Length, int At)[odds.Length];
        for (var i = 0; i + 1 < odds.Length; i++)
        {
            if (odds[i].Surname <= CharacterOdds.None) continue;
            for (var length = 2; length <= 3 && i + length <= odds.Length; length++)
            {
                var score = NameScore(odds, i, length);
                for (var at = 0; at < length; at++)
                    if (names[i + at].Length == 0 || score > names[i + at].Score) names[i + at] = (score, length, at);
            }
        }
        return names;
    }

    /// <summary>The lexicon has characters that write sounds as words of one character of the class proper name.</summary>
    private static (int Start, int Length)[] Sounds(string text, Lexicon lexicon)
    {
        var sounds = new (int Start, int Length)[text.Length];
        for (var i = 0; i < text.Length;)
        {
            var end = i;
            while (end < text.Length
                && (ChineseSentence.IsNameDot(text[end]) || (lexicon.Classes(text.AsSpan(end, 1)) & Proper) != 0)) end++;
            for (var k = i; k < end; k++) sounds[k] = (i, end - i);
            i = Math.Max(end, i + 1);
        }
        return sounds;
    }

    /// <summary>Endings ahead within the run of Han characters.</summary>
    private static (int Distance, uint End)[] Ends(string text, WordCut words)
    {
        const int none = int.MaxValue / 2;
        var ends = new (int Distance, uint End)[text.Length];
        for (int i = text.Length - 1, last = none; i >= 0; i--)
        {
            var (start, length, _) = words[i];
            if (!ChineseSentence.IsHan(text[i])) last = none;
            else if (EndCharacters.Contains(text[i]) || start == i && EndWords.Contains(text.AsSpan(i, length))) last = i;
            ends[i] = last - i > MaxEndDistance ? (0, 0u) : (last - i + 1, ChineseSentence.Code(text[last]));
        }
        return ends;
    }
}
