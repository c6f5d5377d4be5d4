using System.Buffers;
using EdgeAgent.Platform;

namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>
/// How people are addressed at work in Chinese: a surname with a title behind it (王师傅, 李工, 钱经理) or with 小 or 老 before it (小李,
/// 老王). A rule, since written text hardly has them. A surname that belongs to a word with what stands beside it (施工, 甲方经理, 小任务)
/// is none; the entity model's lexicon says so. The word lists are in Lexicons/forms-of-address-zh.txt.
/// </summary>
internal sealed class FormsOfAddress(Lexicon lexicon) : IRecognizer
{
    /// <summary>Above the score from which the entity model does not see the text.</summary>
    private const double Score = 0.8;

    private const char Small = '小', Old = '老', General = '总';

    /// <summary>What ends a name beside the words of the list.</summary>
    private const string Marks = "，。,.!?！？:： ";

    private static readonly LexiconFile Words =
        LexiconFile.Embedded(typeof(FormsOfAddress).Assembly, "Privacy/Lexicons/forms-of-address-zh.txt");
    private static readonly SearchValues<char> Surnames = SearchValues.Create([.. Words.Characters("surnames")]);
    private static readonly HashSet<char> NicknameSurnames = Words.Characters("nickname surnames");
    private static readonly string[] Titles = [.. Words.Words("titles").OrderByDescending(t => t.Length)];
    private static readonly HashSet<char> KinTitles = Words.Characters("kin titles");
    private static readonly HashSet<char> BehindKin = [.. Words.Characters("behind kin titles"), .. Marks];
    private static readonly HashSet<char> BehindGeneral = Words.Characters("behind 总");
    private static readonly HashSet<char> BeforeSmall = Words.Characters("before 小");
    private static readonly HashSet<char> BeforeOld = Words.Characters("before 老");
    private static readonly HashSet<string> Floor = Words.Words("words of the floor");

    public string Name => "forms-of-address-zh";

    /// <summary>Surnames are everywhere in Chinese text, so that no cue rules a text out.</summary>
    public IReadOnlyList<string> Cues => [];

    public void Find(NormalizedText text, List<Finding> findings)
    {
        var s = text.Text;
        for (var at = 0; at < s.Length; at++)
        {
            var found = s.AsSpan(at).IndexOfAny(Surnames);
            if (found < 0) return;
            at += found;
            var (start, end) = TitleEnd(s, at) is var titled && titled > 0 ? (at, titled) : IsNickname(s, at) ? (at - 1, at + 1) : (0, 0);
            if (end == 0) continue;
            findings.Add(new Finding(text.Start(start), text.End(end), EntityTypes.Person, Score, Name, Validated: false));
            at = end - 1;
        }
    }

    /// <summary>Where a surname with its title ends; 0 without a title.</summary>
    private int TitleEnd(string s, int at)
    {
        var rest = s.AsSpan(at + 1);
        foreach (var title in Titles)
        {
            if (!rest.StartsWith(title, StringComparison.Ordinal)) continue;
            var end = at + 1 + title.Length;
            var isShort = title.Length == 1;
            // a given name may begin with a title of kin (孙叔平)
            if (isShort && KinTitles.Contains(title[0]) && end < s.Length && !BehindKin.Contains(s[end])) return 0;
            // a short title must not begin a word (李工作, 常总是), nor be one with the surname (施工); a surname must not end one (甲方经理)
            var isPart = isShort
                && (IsWord(s, at, 2) || (title[0] == General ? end < s.Length && BehindGeneral.Contains(s[end]) : IsWord(s, end - 1, 2)));
            return isPart || IsWord(s, at - 1, 2) ? 0 : end;
        }
        return 0;
    }

    /// <summary>
    /// Whether 小 or 老 before a surname addresses somebody: not with what stands before (最小, 古老), nor the surname with what follows
    /// (小周期).
    /// </summary>
    private bool IsNickname(string s, int at) =>
        at > 0 && s[at - 1] is Small or Old
        && !(at > 1 && (s[at - 1] == Small ? BeforeSmall : BeforeOld).Contains(s[at - 2]))
        && !(at + 1 < s.Length && Floor.Contains(s.Substring(at, 2))) && NicknameSurnames.Contains(s[at])
        && !IsWord(s, at - 2, 2) && !IsWord(s, at, 2) && !IsWord(s, at - 1, 3);

    private bool IsWord(string s, int start, int length) =>
        start >= 0 && start + length <= s.Length && (lexicon.Classes(s.AsSpan(start, length)) & ChineseLexicon.Word) != 0;
}
