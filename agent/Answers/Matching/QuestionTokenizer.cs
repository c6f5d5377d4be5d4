using System.Globalization;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// Cuts a normalised text into tokens: runs of letters, of digits with what joins them (sp-14, 3.5, m8x1.25), single Han characters
/// and signs. Pure.
/// </summary>
internal static class QuestionTokenizer
{
    public static List<string> Tokenize(string text)
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
            if (!char.IsLetterOrDigit(text[i]) && !IsMinusSign(text, i))
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

    /// <summary>CJK Unified Ideographs, the basic block.</summary>
    public static bool IsHan(char c) => c is >= '\u4e00' and <= '\u9fff';

    /// <summary>
    /// Signs with a meaning: of arithmetic and comparison, arrows, currencies, characters beyond the basic plane. Punctuation and
    /// brackets have none.
    /// </summary>
    private static bool IsSymbol(string text, int i, out int length)
    {
        length = char.IsSurrogatePair(text, i) ? 2 : 1;
        return length == 2 || text[i] is '%' or '‰' or '*' or '/' or '\\' or '#' or '&' or '@'
            || CharUnicodeInfo.GetUnicodeCategory(text[i]) is UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol
                or UnicodeCategory.OtherSymbol;
    }

    private static bool IsMinusSign(string text, int i) =>
        text[i] == '-' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1]) && (i == 0 || !char.IsLetterOrDigit(text[i - 1]));

    /// <summary>Whether a mark between two letters or digits belongs to their number, code or word.</summary>
    private static bool Joins(string text, int i) => i + 1 < text.Length && char.IsLetterOrDigit(text[i + 1]) && !IsHan(text[i + 1])
        && (text[i] is '.' or ',' && char.IsAsciiDigit(text[i - 1]) && char.IsAsciiDigit(text[i + 1])
            || text[i] is '-' or '_' && HasDigitBeside(text, i) || text[i] == '\'');

    /// <summary>Whether the runs of letters and digits on both sides of a mark hold a digit.</summary>
    private static bool HasDigitBeside(string text, int i)
    {
        var end = i + 1;
        while (end < text.Length && char.IsAsciiLetterOrDigit(text[end])) end++;
        var start = i - 1;
        while (start >= 0 && char.IsAsciiLetterOrDigit(text[start])) start--;
        return text.AsSpan(start + 1, end - start - 1).ContainsAnyInRange('0', '9');
    }
}
