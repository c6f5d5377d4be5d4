using System.Buffers;

namespace EdgeAgent.Privacy.Patterns.Builtin;

/// <summary>
/// Finds passwords, codes and tokens by the word before them: password: Plant-2024x, 密码是 Aa123456, pwd=x. Behind an assignment (a
/// colon, an equals sign, 是, 为) any word is one that is no stop word (password: required). Without, the word must have digits and something
/// else, or be a number where the word before it is Chinese. The word lists are in Lexicons/context-words.txt.
/// </summary>
internal sealed class PasswordRecognizer : IRecognizer
{
    private const double Score = 0.9;
    private const int MaxLength = 64, MinLength = 4, MaxBlanks = 3, MaxNumber = 12;

    /// <summary>What may stand between the word and an assignment: password for the panel is not, 密码(默认): is.</summary>
    private static readonly string[] Fillers = ["默认", "初始", "一般", "现在", "已经", "已", "改成", "改为", "换成", "设为", "设成", "都", "还", "号", "码"];
    private static readonly string[] Assignments = ["是", "为", "：", ":", "=", "＝", "->", "→", "is", "was", "of"];

    private static readonly IReadOnlyList<string> Words = ContextWords.Of("password");
    private static readonly SearchValues<string> Any = SearchValues.Create([.. Words], StringComparison.OrdinalIgnoreCase);
    private static readonly string[] LongestFirst = [.. Words.OrderByDescending(w => w.Length)];
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> StopWords =
        ContextWords.File.Words("password stop words").ToHashSet(StringComparer.OrdinalIgnoreCase)
            .GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Words whose value is a number; and words that mean other things too, whose value needs an assignment and a digit.</summary>
    private static readonly HashSet<string> OfNumbers = ContextWords.File.Words("password words of numbers"),
        Ambiguous = ContextWords.File.Words("ambiguous password words");

    /// <summary>Behind a number they say that it counts something: 密码8位, 2024年.</summary>
    private const string Units = "年月日位个次分秒天条种台";

    public string Name => "password";

    public IReadOnlyList<string> Cues => Words;

    public void Find(NormalizedText text, List<Finding> findings)
    {
        var s = text.Text;
        for (var from = 0; from < s.Length;)
        {
            var found = s.AsSpan(from).IndexOfAny(Any);
            if (found < 0) return;
            var at = from + found;
            var word = LongestFirst.First(w => s.AsSpan(at).StartsWith(w, StringComparison.OrdinalIgnoreCase));
            from = at + word.Length;
            if (!IsWhole(s, at, from)) continue;
            var (start, assigned) = ValueStart(s, from);
            if (start == from && char.IsAscii(word[^1])) continue; // $PWD/agent
            var end = ValueEnd(s, start, assigned);
            if (!IsPassword(s.AsSpan(start, end - start), word, assigned, end < s.Length ? s[end] : ' ')) continue;
            findings.Add(new Finding(text.Start(start), text.End(end), EntityTypes.Password, Score, Name, Validated: false));
            from = end;
        }
    }

    private static bool IsWhole(string s, int start, int end) =>
        !(char.IsAscii(s[start]) && start > 0 && char.IsAsciiLetter(s[start - 1]))
        && !(char.IsAscii(s[end - 1]) && end < s.Length && char.IsAsciiLetter(s[end]));

    /// <summary>Where the value begins, and whether it is assigned by a mark or a word.</summary>
    private static (int Start, bool Assigned) ValueStart(string s, int at)
    {
        at = Behind(s, Blanks(s, at), Fillers, out _);
        if (at < s.Length && s[at] == '(' && s.IndexOf(')', at) is var close && close > at && close - at < MaxNumber) at = close + 1;
        at = Behind(s, Blanks(s, at), Assignments, out var assigned);
        at = Blanks(s, at);
        if (at < s.Length && s[at] is '"' or '\'' or '“' or '‘' or '`' or '「') (at, assigned) = (at + 1, true);
        return (at, assigned);
    }

    private static int Behind(string s, int at, string[] words, out bool found)
    {
        foreach (var word in words)
        {
            if (!s.AsSpan(at).StartsWith(word, StringComparison.OrdinalIgnoreCase)) continue;
            var end = at + word.Length;
            if (char.IsAsciiLetter(word[0]) && end < s.Length && s[end] is not (' ' or ':')) continue;
            found = true;
            return end;
        }
        found = false;
        return at;
    }

    private static int Blanks(string s, int at)
    {
        var end = at;
        while (end < s.Length && end - at < MaxBlanks && s[end] is ' ' or '\t') end++;
        return end;
    }

    /// <summary>The run of visible ASCII characters, without the marks that end a sentence.</summary>
    private static int ValueEnd(string s, int start, bool assigned)
    {
        var end = start;
        while (end < s.Length && end - start < MaxLength && s[end] is > ' ' and <= '~' and not ('"' or '<' or '>' or '`' or ';')) end++;
        while (end > start && (s[end - 1] is '.' or ',' or '?' or ')' or '\'' or ':' || s[end - 1] == '!' && !assigned)) end--;
        // admin,密码 and 1234,重启: a mark with a word behind it ends the value
        var mark = s.AsSpan(start, end - start).IndexOf(',');
        return mark >= MinLength ? start + mark : end;
    }

    /// <param name="word">The word before the value.</param>
    /// <param name="next">The character behind the value; blank at the end.</param>
    private static bool IsPassword(ReadOnlySpan<char> value, string word, bool assigned, char next)
    {
        var mark = value.IndexOfAny(StopMarks);
        if (value.Length < MinLength || StopWords.Contains(mark < 0 ? value : value[..mark])) return false;
        var (hasDigit, hasLetter) = (value.ContainsAnyInRange('0', '9'), value.ContainsAny(Letters));
        if (!value.ContainsAnyExceptInRange('0', '9'))
            return value.Length <= MaxNumber && !Units.Contains(next, StringComparison.Ordinal) && (assigned || !char.IsAscii(word[^1]));
        if (OfNumbers.Contains(word)) return false;
        return hasLetter && hasDigit && (assigned || !Ambiguous.Contains(word)) || hasLetter && assigned && !Ambiguous.Contains(word);
    }

    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
        StopMarks = SearchValues.Create(",.!?;:)");
}
