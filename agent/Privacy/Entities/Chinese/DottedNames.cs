using System.Buffers;
using EdgeAgent.Platform;

namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>
/// Finds names with a dot between their parts: 阿布都拉·买买提, 约翰·史密斯, J·K·罗琳. A dot between two runs of characters that write sounds is nearly
/// a proof of a name. The runs end at the first character that does not write sounds, or where it begins a word (艾力·吐尔逊|提前).
/// A full stop counts where a part is on the list of <see cref="PeoplesNames"/>.
/// </summary>
internal sealed class DottedNames(Lexicon lexicon, PeoplesNames peoples) : IRecognizer
{
    /// <summary>Below the score from which the entity model does not see the text: it may know better where the name ends.</summary>
    private const double Score = 0.7;

    /// <summary>Characters of one part, of a listed part, and of a name with its dot: one on either side is none.</summary>
    private const int MaxPart = 10, MinListed = 2, MinName = 3, MaxLone = 2;

    /// <summary>Middle dots, bullets, hyphenation points and operators, as fonts and keyboards have them.</summary>
    private const string Dots = "·•・‧∙⋅●᛫⸱";

    private static readonly SearchValues<char> AnyDot = SearchValues.Create(Dots + ".");
    private static readonly HashSet<char> SoundCharacters =
        LexiconFile.Embedded(typeof(DottedNames).Assembly, "Privacy/Lexicons/names-peoples-zh.txt").Characters("sounds");

    public string Name => "names-dotted-zh";

    public IReadOnlyList<string> Cues => [];

    /// <summary>Whether a character is a dot between the parts of a name, however it is written.</summary>
    public static bool IsDot(char c) => Dots.Contains(c, StringComparison.Ordinal);

    public void Find(NormalizedText text, List<Finding> findings)
    {
        var s = text.Text;
        var last = 0;
        for (var at = s.AsSpan().IndexOfAny(AnyDot); at >= 0; at = IndexOfDot(s, at + 1))
        {
            if (at < last) continue;
            var start = PartStart(s, last, at);
            var end = at;
            while (end < s.Length && s[end] == s[at] && PartEnd(s, end + 1) is var next && next > end + 1) end = next;
            if (start == at || end == at || !IsName(s, start, at, end)) continue;
            findings.Add(new Finding(text.Start(start), text.End(end), EntityTypes.Person, Score, Name, Validated: false));
            last = end;
        }
    }

    private static int IndexOfDot(string s, int from) => s.AsSpan(from).IndexOfAny(AnyDot) is var found && found < 0 ? -1 : from + found;

    private bool IsName(string s, int start, int dot, int end)
    {
        if (s[dot] == '.') return IsListed(s, start, dot) || IsListed(s, dot + 1, end);
        return end - start > MinName && !(IsWord(s, start, dot) && IsWord(s, dot + 1, end));
    }

    /// <summary>Whether a part is made of listed names, but for its last character.</summary>
    private bool IsListed(string s, int start, int end) =>
        peoples.LengthAt(s, start) is > MinListed and var length && start + length >= end - 1;

    private bool IsWord(string s, int start, int end) =>
        lexicon.Classes(s.AsSpan(start, end - start)) is var classes && (classes & ChineseLexicon.Word) != 0
        && (classes & (ChineseLexicon.Person | ChineseLexicon.Proper)) == 0;

    private int PartStart(string s, int from, int dot)
    {
        if (dot > from && IsInitial(s, dot - 1)) return dot - 1;
        from = Math.Max(from, dot - MaxPart);
        var start = dot;
        while (start > from && SoundCharacters.Contains(s[start - 1])) start--;
        // the first character may end a word: 种子|约翰·史密斯
        while (start > from && start < dot - 1 && IsWord(s, start - 1, start + 1)) start++;
        // a listed name may have characters that write no sounds elsewhere (阿不都), and may begin inside the run (维修工|艾力)
        for (var i = from; i < dot - MinListed; i++)
            if (i + peoples.LengthAt(s, i) >= dot) return i < start || IsWord(s, start, i) ? i : start;
        return start == dot ? LoneStart(s, from, dot) : start;
    }

    /// <summary>A short first part of any characters that stands by itself: 让·雷诺.</summary>
    private int LoneStart(string s, int from, int dot)
    {
        var start = dot;
        while (start > from && ChineseSentence.IsHan(s[start - 1])) start--;
        return dot - start <= MaxLone && dot > start && !IsWord(s, start, dot) ? start : dot;
    }

    private int PartEnd(string s, int start)
    {
        if (start + 1 < s.Length && IsInitial(s, start) && IsDot(s[start + 1])) return start + 1;
        var listed = start + peoples.LengthAt(s, start);
        var end = start;
        while (end < Math.Min(s.Length, start + MaxPart) && SoundCharacters.Contains(s[end])) end++;
        // the last character may begin a word: 吐尔逊|提前
        while (end > Math.Max(listed, start + 1) && end < s.Length && IsWord(s, end - 1, end + 1)) end--;
        return Math.Max(end, listed);
    }

    /// <summary>A capital letter that stands alone: J·K·罗琳.</summary>
    private static bool IsInitial(string s, int at) =>
        char.IsAsciiLetterUpper(s[at]) && !(at > 0 && char.IsAsciiLetterOrDigit(s[at - 1]));
}
