using EdgeAgent.Platform;

namespace EdgeAgent.Privacy.Patterns.Builtin;

/// <summary>
/// Finds e-mail addresses, internationalized ones too (RFC 6531, RFC 5890): labels in any script, punycode, a local part in Chinese.
/// Chinese text leaves no blank before and behind an address. So a local part that ends in Han characters begins behind the last word
/// of a list, and a domain that ends in them ends with a known top-level domain. Reads at most 320 characters around each @.
/// </summary>
internal sealed class EmailRecognizer : IRecognizer
{
    /// <summary>Longest parts (RFC 5321, RFC 1035), and longest local part in Chinese.</summary>
    private const int MaxLocal = 64, MaxDomain = 253, MaxLabel = 63, MaxHanLocal = 12, MinTopLevel = 2, MaxTopLevel = 24;

    private const string Punycode = "xn--";

    private static readonly LexiconFile Words = LexiconFile.Embedded(typeof(EmailRecognizer).Assembly, "Privacy/Lexicons/domains-zh.txt");
    private static readonly string[] TopLevel = [.. Words.Words("top-level").OrderByDescending(w => w.Length)];
    private static readonly string[] WordsBefore = [.. Words.Words("words before an address").OrderByDescending(w => w.Length)];

    public string Name => "email";

    public IReadOnlyList<string> Cues { get; } = ["@"];

    public void Find(NormalizedText text, List<Finding> findings)
    {
        var s = text.Text;
        for (int at = s.IndexOf('@', StringComparison.Ordinal), last = 0; at >= 0; at = s.IndexOf('@', at + 1))
        {
            var start = LocalStart(s, last, at);
            var end = start < at ? DomainEnd(s, at + 1) : 0;
            if (end == 0) continue;
            findings.Add(new Finding(text.Start(start), text.End(end), EntityTypes.Email, 1, Name, Validated: false));
            last = end;
        }
    }

    private static int LocalStart(string s, int from, int at)
    {
        var start = at;
        var min = Math.Max(from, at - MaxLocal);
        if (at > 0 && IsHan(s[at - 1]))
        {
            min = Math.Max(min, at - MaxHanLocal);
            while (start > min && (IsHan(s[start - 1]) || IsLocal(s[start - 1]))) start--;
            return BehindWords(s, start, at);
        }
        while (start > min && IsLocal(s[start - 1])) start--;
        return start;
    }

    /// <summary>Where the local part begins behind the last word that stands before addresses; the start where there is none.</summary>
    private static int BehindWords(string s, int start, int at)
    {
        for (var i = at - 1; i > start; i--)
            foreach (var word in WordsBefore)
                if (i - word.Length >= start && s.AsSpan(i - word.Length, word.Length).SequenceEqual(word)) return i;
        return start;
    }

    /// <summary>Where a domain with at least two labels ends; 0 for none.</summary>
    private static int DomainEnd(string s, int start)
    {
        var (end, label) = (0, start);
        while (label < s.Length && label - start < MaxDomain)
        {
            if (label > start && TopLevelEnd(s, label) is var top && top > 0)
            {
                end = top;
                if (end < s.Length && IsHan(s[end])) return end;
            }
            var next = label;
            while (next < s.Length && next - label <= MaxLabel && IsLabel(s[next])) next++;
            if (next == label || next >= s.Length || !IsDot(s, next)) break;
            label = next + 1;
        }
        return end;
    }

    /// <summary>A full stop, or a Chinese one before a known domain in Chinese.</summary>
    private static bool IsDot(string s, int at) => s[at] == '.' || s[at] == '。' && TopLevel.Any(t => StartsWith(s, at + 1, t));

    private static int TopLevelEnd(string s, int start)
    {
        var end = start;
        if (StartsWith(s, start, Punycode))
        {
            while (end < s.Length && (char.IsAsciiLetterOrDigit(s[end]) || s[end] == '-')) end++;
            return end - start > Punycode.Length ? end : 0;
        }
        if (IsHan(s[start]))
            return TopLevel.FirstOrDefault(t => StartsWith(s, start, t)) is { } known ? start + known.Length : 0;
        while (end < s.Length && end - start < MaxTopLevel && char.IsLetter(s[end]) && !IsHan(s[end])) end++;
        return end - start >= MinTopLevel ? end : 0;
    }

    private static bool StartsWith(string s, int start, string word) =>
        start <= s.Length && s.AsSpan(start).StartsWith(word, StringComparison.OrdinalIgnoreCase);

    private static bool IsLocal(char c) =>
        char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '%' or '+' or '\'' or '-' || c > '\x7f' && char.IsLetter(c) && !IsHan(c);

    private static bool IsLabel(char c) => char.IsLetterOrDigit(c) || c == '-';

    /// <summary>Han characters, kana and their marks: scripts that leave no blank between words.</summary>
    private static bool IsHan(char c) => c is >= '\u2e80' and <= '\u9fff';
}
