using System.Buffers;

namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// How people are called at work in Chinese: a surname with a title behind it (王师傅, 李工, 钱经理) or with 小 or 老 before it (小李,
/// 老王). A rule, since hardly any book has them. A surname that belongs to a word with what stands beside it (施工, 甲方经理, 小任务)
/// is none; the lexicon says so.
/// </summary>
internal sealed class FormsOfAddress(Lexicon lexicon)
{
    public const string Name = "forms-of-address-zh";

    /// <summary>Sure enough to be hidden from the model.</summary>
    public const double Score = 0.8;

    private const string Surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金廖贾夏韦付方邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔汤高于";

    /// <summary>Surnames that 小 and 老 make no other word with.</summary>
    private const string Nicknames = "王李张刘陈杨赵吴周徐孙朱胡郭何罗郑谢宋唐许韩冯邓曹彭曾肖董袁潘蒋蔡杜吕丁魏沈姚卢姜崔钟谭陆汪廖贾韦邹秦邱尹薛闫侯陶贺郝龚邵严戴莫林马高";

    private static readonly string[] Titles = [
        .. new[] { "师傅", "工程师", "主任", "经理", "班长", "组长", "厂长", "科长", "部长", "队长", "处长", "局长", "院长", "校长", "所长", "主管", "总监", "总工", "老师", "先生",
            "女士", "小姐", "大姐", "大哥", "阿姨", "博士", "教授", "书记", "医生", "护士", "律师", "会计", "老板", "同志", "领班", "车间主任", "副总", "总", "工", "姐", "哥", "叔",
            "姨", "嫂" }.OrderByDescending(t => t.Length)];

    private const string Kin = "姐哥叔姨嫂";

    /// <summary>What makes another word: of 总 with what follows, of 小 and 老 with what stands before.</summary>
    private const string BehindTotal = "是共计数和量线装成体部会统理裁督局值", BeforeSmall = "最较减缩过偏太中变大微从极细弱窄微", BeforeOld = "古衰年元养敬";

    /// <summary>Words of the floor that begin like a name and that the lexicon does not know as words.</summary>
    private static readonly HashSet<string> Floor = ["张力", "张紧", "张拉", "张开", "张数", "马达", "马力", "周期", "周边", "周长", "王牌", "许可", "范围", "陈列",
        "高度", "高压", "高温", "高速", "林区", "李氏", "冯氏"];

    private static readonly SearchValues<char> Begin = SearchValues.Create(Surnames);

    /// <summary>What stands behind 王姐 and its kind: a given name may begin with such a title (孙叔平).</summary>
    private static readonly SearchValues<char> BehindKin = SearchValues.Create("说讲在的让叫给和跟与来去请要也是不没把您你我今昨明呢吗，。,.!?！？:： ");

    public void Find(NormalizedText text, List<Finding> findings)
    {
        var s = text.Text;
        for (var at = 0; at < s.Length; at++)
        {
            var found = s.AsSpan(at).IndexOfAny(Begin);
            if (found < 0) return;
            at += found;
            var (start, end) = Titled(s, at) is var titled && titled > 0 ? (at, titled) : IsNickname(s, at) ? (at - 1, at + 1) : (0, 0);
            if (end == 0) continue;
            findings.Add(new Finding(text.Start(start), text.End(end), EntityTypes.Person, Score, Name, Validated: false));
            at = end - 1;
        }
    }

    /// <summary>Where a surname with its title ends; 0 where there is none.</summary>
    private int Titled(string s, int at)
    {
        var rest = s.AsSpan(at + 1);
        foreach (var title in Titles)
        {
            if (!rest.StartsWith(title, StringComparison.Ordinal)) continue;
            var end = at + 1 + title.Length;
            // a short title must not begin a word (李工作, 常总是), nor be one with the surname (施工); a surname must not end one (甲方经理)
            if (Kin.Contains(title[0]) && title.Length == 1 && end < s.Length && !BehindKin.Contains(s[end])) return 0;
            var isPart = title.Length == 1
                && (IsWord(s, at, 2)
                    || (title == "总" ? end < s.Length && BehindTotal.Contains(s[end], StringComparison.Ordinal) : IsWord(s, end - 1, 2)));
            return isPart || IsWord(s, at - 1, 2) ? 0 : end;
        }
        return 0;
    }

    /// <summary>
    /// Whether 小 or 老 before a surname calls somebody: not with what stands before (最小, 古老), nor the surname with what follows (小周期).
    /// </summary>
    private bool IsNickname(string s, int at) =>
        at > 0 && s[at - 1] is '小' or '老'
        && !(at > 1 && (s[at - 1] == '小' ? BeforeSmall : BeforeOld).Contains(s[at - 2], StringComparison.Ordinal))
        && !(at + 1 < s.Length && Floor.Contains(s.Substring(at, 2))) && Nicknames.Contains(s[at], StringComparison.Ordinal)
        && !IsWord(s, at - 2, 2) && !IsWord(s, at, 2) && !IsWord(s, at - 1, 3);

    private bool IsWord(string s, int start, int length)
    {
        if (start < 0 || start + length > s.Length) return false;
        return (lexicon.Classes(s.AsSpan(start, length)) & HanFeatures.Word) != 0;
    }
}
