using EdgeAgent.Platform;

namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>
/// Finds names of the Uighur, Kazakh, Mongolian and Tibetan peoples in Chinese text, which have no surname and are written by their
/// sounds: 斯琴高娃, 扎西顿珠, 买合木提. A name is one part of a list or several in a row. Two parts, or one of three characters, are a name
/// wherever they stand; one of two characters only beside a word that speaks for a person. The lists are in
/// Lexicons/names-peoples-zh.txt.
/// </summary>
internal sealed class PeoplesNames(Lexicon lexicon) : IRecognizer
{
    /// <summary>Above the score from which the entity model does not see the text.</summary>
    private const double Score = 0.8;

    /// <summary>Parts of a name, and characters of a name that needs no cue.</summary>
    private const int MaxParts = 4, SureLength = 3;

    private static readonly LexiconFile Lists =
        LexiconFile.Embedded(typeof(PeoplesNames).Assembly, "Privacy/Lexicons/names-peoples-zh.txt");
    private static readonly (WordSet Parts, WordSet Endings)[] Peoples =
    [
        (new WordSet(Lists.Words("turkic")), new WordSet(Lists.Words("turkic endings"))),
        (new WordSet(Lists.Words("mongolian")), new WordSet(Lists.Words("mongolian endings"))),
        (new WordSet(Lists.Words("tibetan")), new WordSet([])),
    ];
    private static readonly WordSet NotNames = new(Lists.Words("not names"));

    public string Name => "names-peoples-zh";

    public IReadOnlyList<string> Cues => [];

    public void Find(NormalizedText text, List<Finding> findings)
    {
        var s = text.Text;
        for (var at = 0; at < s.Length; at++)
        {
            if (!ChineseSentence.IsHan(s[at])) continue;
            if (NotNames.LongestAt(s, at) is var other && other > 0)
            {
                at += other - 1;
                continue;
            }
            var length = LengthAt(s, at);
            if (length == 0 || length < SureLength && !HasCue(s, at, at + length)) continue;
            findings.Add(new Finding(text.Start(at), text.End(at + length), EntityTypes.Person, Score, Name, Validated: false));
            at += length - 1;
        }
    }

    /// <summary>How many characters from a position are parts of a name, as many as fit; 0 for none.</summary>
    public int LengthAt(string s, int at)
    {
        var longest = 0;
        foreach (var (parts, endings) in Peoples)
        {
            var length = parts.LongestAt(s, at);
            if (length == 0) continue;
            for (var count = 1; count < MaxParts; count++)
            {
                var next = Math.Max(parts.LongestAt(s, at + length), endings.LongestAt(s, at + length));
                if (next == 0) break;
                length += next;
            }
            longest = Math.Max(longest, length);
        }
        return longest > SureLength && EndsInWord(s, at, at + longest) ? longest - 1 : longest;
    }

    /// <summary>Whether the last character rather begins the next word: 买买提|明天.</summary>
    private bool EndsInWord(string s, int start, int end) =>
        end < s.Length && (lexicon.Classes(s.AsSpan(end - 1, 2)) & ChineseLexicon.Word) != 0
        && Peoples.Any(p => p.Parts.LongestBefore(s, end - 1, end - 1 - start) > 0);

    private static bool HasCue(string s, int start, int end) =>
        PersonCues.Introduce(s, start) || PersonCues.Address(s, end) || PersonCues.Act(s, end);
}
