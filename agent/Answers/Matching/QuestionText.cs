using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EdgeAgent.Platform;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// A question as the cache sees it: NFKC, lower case, without punctuation, Chinese numerals as digits, units in one spelling;
/// and what in it must never differ between a question and the one it is answered by.
/// </summary>
internal sealed partial class QuestionText
{
    private readonly string _normal;
    private string? _content;

    private QuestionText(string key, IReadOnlyList<string> tokens, CriticalTerms critical, string normal) =>
        (Key, Tokens, Critical, _normal) = (key, tokens, critical, normal);

    /// <summary>Equal for questions that are the same but for case, width, punctuation and spelling of numbers.</summary>
    public string Key { get; }

    /// <summary>Words, numbers and single Han characters, in order.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>Numbers, identifiers, units, negations, directions and opposites: in agreement, or it is another question.</summary>
    public CriticalTerms Critical { get; }

    /// <summary>
    /// What is asked about: equal for questions that are the same but for greetings, question words, inflection and which half
    /// comes first. See <see cref="QuestionContent"/>.
    /// </summary>
    public string Content => _content ??= QuestionContent.Of(_normal);

    public static QuestionText Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var capital = LoneCapital().Match(text);
        text = Powers().Replace(text, "^$0"); // 10² is not 102
        var normal = ChineseNumbers(UnicodeNormalizer.Normalize(text, NormalizationForm.FormKC).ToLowerInvariant().Replace('’', '\''));
        var tokens = Tokenize(normal);
        return new QuestionText(string.Join(' ', tokens), tokens, CriticalTerms.Of(normal, tokens, capital.Success ? capital.Value : ""),
            normal);
    }

    /// <summary>A as a name (door A), not as an article: the lists know the other letters.</summary>
    [GeneratedRegex("(?<=[a-z0-9] )A(?![A-Za-z0-9'’])", RegexOptions.CultureInvariant)]
    private static partial Regex LoneCapital();

    [GeneratedRegex("(?<=[0-9])[⁰¹²³⁴-⁹]", RegexOptions.CultureInvariant)]
    private static partial Regex Powers();

    /// <summary>Runs of letters, of digits with what joins them (sp-14, 3.5, m8x1.25), single Han characters.</summary>
    internal static List<string> Tokenize(string text)
    {
        var tokens = new List<string>();
        for (var i = 0; i < text.Length;)
        {
            if (IsHan(text[i]))
            {
                tokens.Add(text[i++].ToString());
                continue;
            }
            if (IsSymbol(text, i, out var length))
            {
                tokens.Add(text.Substring(i, length));
                i += length;
                continue;
            }
            if (!char.IsLetterOrDigit(text[i]) && !IsSign(text, i))
            {
                i++;
                continue;
            }
            var start = i++;
            while (i < text.Length && !IsHan(text[i]) && (char.IsLetterOrDigit(text[i]) || Joins(text, i))) i++;
            tokens.Add(text[start..i]);
        }
        return tokens;
    }

    /// <summary>
    /// Signs that mean something: of arithmetic and comparison, arrows, currencies, characters beyond the basic plane.
    /// Punctuation and brackets mean nothing.
    /// </summary>
    private static bool IsSymbol(string text, int i, out int length)
    {
        length = char.IsSurrogatePair(text, i) ? 2 : 1;
        return length == 2 || text[i] is '%' or '‰' or '*' or '/' or '\\' or '#' or '&' or '@'
            || CharUnicodeInfo.GetUnicodeCategory(text[i]) is UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol
                or UnicodeCategory.OtherSymbol;
    }

    private static bool IsSign(string text, int i) =>
        text[i] == '-' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1]) && (i == 0 || !char.IsLetterOrDigit(text[i - 1]));

    /// <summary>Marks that belong to a number, a code or a word, between two letters or digits.</summary>
    private static bool Joins(string text, int i) => i + 1 < text.Length && char.IsLetterOrDigit(text[i + 1]) && !IsHan(text[i + 1])
        && (text[i] is '.' or ',' && char.IsAsciiDigit(text[i - 1]) && char.IsAsciiDigit(text[i + 1])
            || text[i] is '-' or '_' && (HasDigitNear(text, i)) || text[i] == '\'');

    private static bool HasDigitNear(string text, int i)
    {
        var end = i + 1;
        while (end < text.Length && char.IsAsciiLetterOrDigit(text[end])) end++;
        var start = i - 1;
        while (start >= 0 && char.IsAsciiLetterOrDigit(text[start])) start--;
        return text.AsSpan(start + 1, end - start - 1).ContainsAnyInRange('0', '9');
    }

    internal static bool IsHan(char c) => c is >= '\u4e00' and <= '\u9fff';

    private const string Digits = "零一二三四五六七八九";

    /// <summary>二十五 and 两百 as digits; single 一 only where a number is meant (before a measure word).</summary>
    private static string ChineseNumbers(string text)
    {
        StringBuilder result = new(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var end = i;
            while (end < text.Length
                && (Digits.Contains(text[end], StringComparison.Ordinal) || "两十百千万〇".Contains(text[end], StringComparison.Ordinal))) end++;
            if (end == i || end == i + 1 && !IsCounted(text, i, end))
            {
                result.Append(text[i++]);
                continue;
            }
            result.Append(Value(text.AsSpan(i, end - i)));
            i = end;
        }
        return result.ToString();
    }

    private const string Measures = "号台个次班度轴级分秒时天周月年条线组件把根只块层楼倍档米升斤吨挡";

    private static bool IsCounted(string text, int start, int end) =>
        text[start] is not ('万' or '千' or '百')
        && (end < text.Length && Measures.Contains(text[end], StringComparison.Ordinal) || start > 0 && text[start - 1] == '第');

    private static string Value(ReadOnlySpan<char> text)
    {
        long total = 0, section = 0, digit = 0, last = 1;
        var plain = true;
        foreach (var c in text)
        {
            var at = c == '两' ? 2 : c == '〇' ? 0 : Digits.IndexOf(c, StringComparison.Ordinal);
            if (at == 0 && !plain) last = 10; // 二百零五
            if (at >= 0)
            {
                digit = plain ? digit * 10 + at : at;
                continue;
            }
            plain = false;
            long unit = c switch { '十' => 10, '百' => 100, '千' => 1000, _ => 10_000 };
            last = unit;
            if (unit == 10_000) (total, section, digit) = ((total + section + digit) * unit, 0, 0);
            else (section, digit) = (section + Math.Max(1, digit) * unit, 0);
        }
        if (!plain && last > 10) digit *= last / 10; // 二百五 is 250
        return (total + section + digit).ToString(CultureInfo.InvariantCulture);
    }
}
