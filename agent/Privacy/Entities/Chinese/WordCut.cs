using static EdgeAgent.Privacy.Entities.Chinese.ChineseLexicon;

namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>
/// The likeliest cut of a Chinese sentence into words of the lexicon and unlisted names (Viterbi over word frequencies), and for
/// each class of words the longest one that covers a character.
/// </summary>
internal sealed class WordCut
{
    /// <summary>Class bits of a lexicon entry.</summary>
    public const int Classes = 8;

    /// <summary>Classes of unlisted names: a surname with a given name, and characters that write a foreign name by sound.</summary>
    private const uint NativeName = 256, ForeignName = 512;

    /// <summary>log2 of the word list's total count: a word's score is its weight less this.</summary>
    private const float TotalWeight = 26;

    /// <summary>Lexicon weights for each doubling of a word's frequency.</summary>
    private const float WeightScale = 4;

    /// <summary>log2 of how rare an unlisted name is among words.</summary>
    private const float NamePenalty = 9;

    /// <summary>Characters of an unlisted native name, and the most of a foreign one.</summary>
    private const int MinNative = 2, MaxNative = 3, MaxForeign = 8;

    /// <summary>Stands for no word: beyond the sentence's ends.</summary>
    private const uint BeforeText = 1, BehindText = 2, NoTag = 0x1000;

    /// <summary>Word lengths told apart in tags, and the bit from which the length stands.</summary>
    private const int MaxTagLength = 4, TagLengthShift = 16;

    private readonly string _text;
    private readonly (int Start, int Length, uint Classes)[] _words; // [characters]
    private readonly (byte Length, byte At)[] _cover; // [characters, classes]

    public WordCut(string text, Lexicon lexicon, CharacterOdds[] odds)
    {
        _text = text;
        var count = text.Length;
        _cover = new (byte Length, byte At)[count * Classes];
        // score of the best cut up to a position, and length and classes of its last word
        var best = new (float Score, int Length, uint Classes)[count + 1];
        for (var i = 1; i <= count; i++) best[i].Score = float.NegativeInfinity;
        for (var i = 0; i < count; i++)
        {
            TryNames(best, odds, i);
            TryWords(best, lexicon, i);
        }
        _words = new (int Start, int Length, uint Classes)[count];
        for (var end = count; end > 0; end -= best[end].Length)
            for (var i = end - best[end].Length; i < end; i++) _words[i] = (end - best[end].Length, best[end].Length, best[end].Classes);
    }

    /// <summary>The word that holds a character.</summary>
    public (int Start, int Length, uint Classes) this[int position] => _words[position];

    /// <summary>The longest word of a class that covers a character: its length, 0 for none, and where in it the character is.</summary>
    /// <param name="class">Number of the class bit, 0..7.</param>
    public (byte Length, byte At) Cover(int position, int @class) => _cover[position * Classes + @class];

    /// <summary>Where the word before a character begins; -1 where none is.</summary>
    public int Before(int position) => position <= 0 ? -1 : _words[position - 1].Start;

    /// <summary>Where the word that holds a character ends; the text's length beyond its ends.</summary>
    public int After(int position) =>
        position >= _text.Length || position < 0 ? _text.Length : _words[position].Start + _words[position].Length;

    /// <summary>Hash of the word that holds a character.</summary>
    public uint Hash(int position) => position < 0 ? BeforeText : position >= _text.Length ? BehindText
        : FeatureHash.Of(_text.AsSpan(_words[position].Start, _words[position].Length));

    /// <summary>Classes and length of the word that holds a character.</summary>
    public uint Tag(int position) => position < 0 || position >= _text.Length ? NoTag : TagOf(_words[position]);

    /// <summary>Classes and length of a word.</summary>
    public static uint TagOf((int Start, int Length, uint Classes) word) =>
        word.Classes | (uint)Math.Min(word.Length, MaxTagLength) << TagLengthShift;

    /// <summary>Where a character stands in a word: 0 alone, 1 first, 2 last, 3 between.</summary>
    public static uint Place(int at, int length) => length == 1 ? 0u : at == 0 ? 1u : at == length - 1 ? 2u : 3u;

    /// <summary>Names that no list has: a surname and a given name, or characters that write sounds.</summary>
    private static void TryNames((float Score, int Length, uint Classes)[] best, CharacterOdds[] odds, int start)
    {
        var count = odds.Length;
        if (odds[start].Surname > CharacterOdds.None)
            for (var length = MinNative; length <= MaxNative && start + length <= count; length++)
            {
                var name = odds[start].Surname + odds[start].Running + odds[start + 1].Running
                    + (length == MinNative
                        ? odds[start + 1].Last : odds[start + 1].First + odds[start + 2].Last + odds[start + 2].Running);
                Try(length, name - NamePenalty, NativeName);
            }
        var sound = 0f;
        for (var length = 1; length <= MaxForeign && start + length <= count
            && odds[start + length - 1].Foreign > CharacterOdds.None; length++)
        {
            sound += odds[start + length - 1].Foreign + odds[start + length - 1].Running;
            if (length > 1) Try(length, sound - NamePenalty, ForeignName);
        }
        void Try(int length, float score, uint classes)
        {
            if (best[start].Score + score > best[start + length].Score)
                best[start + length] = (best[start].Score + score, length, classes);
        }
    }

    private void TryWords((float Score, int Length, uint Classes)[] best, Lexicon lexicon, int start)
    {
        for (var length = 1; length <= Math.Min(MaxWord, _text.Length - start); length++)
        {
            var (classes, weight) = lexicon.Find(_text.AsSpan(start, length));
            if (length > 1 && classes == 0) continue;
            var score = best[start].Score + weight / WeightScale - TotalWeight;
            if (score > best[start + length].Score) best[start + length] = (score, length, classes);
            if (classes != 0) CoverWith(start, length, classes);
        }
    }

    private void CoverWith(int start, int length, byte classes)
    {
        for (var k = 0; k < Classes; k++)
        {
            if ((classes & 1 << k) == 0) continue;
            for (var at = 0; at < length; at++)
            {
                ref var cover = ref _cover[(start + at) * Classes + k];
                if (cover.Length < length) cover = ((byte)length, (byte)at);
            }
        }
    }
}
