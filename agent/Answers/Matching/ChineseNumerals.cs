using System.Globalization;
using System.Text;

namespace EdgeAgent.Answers.Matching;

/// <summary>Writes Chinese numerals as digits: 二十五 is 25, 两百 is 200. Pure.</summary>
internal static class ChineseNumerals
{
    private const string Digits = "零一二三四五六七八九", OtherNumerals = "两十百千万〇";

    /// <summary>A single numeral is a number only before one of these, or behind 第.</summary>
    private static readonly string MeasureWords = string.Concat(Lexicon.Read("numerals.txt").Words("measure-words-han"));

    /// <summary>The text with its numerals as digits.</summary>
    public static string ToDigits(string text)
    {
        if (!text.Any(IsNumeral)) return text;
        StringBuilder result = new(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var end = i;
            while (end < text.Length && IsNumeral(text[end])) end++;
            if (end == i || end == i + 1 && !IsCounted(text, i, end))
            {
                result.Append(text[i++]);
                continue;
            }
            result.Append(Value(text.AsSpan(i, end - i)).ToString(CultureInfo.InvariantCulture));
            i = end;
        }
        return result.ToString();
    }

    private static bool IsNumeral(char c) =>
        Digits.Contains(c, StringComparison.Ordinal) || OtherNumerals.Contains(c, StringComparison.Ordinal);

    private static bool IsCounted(string text, int start, int end) =>
        text[start] is not ('万' or '千' or '百')
        && (end < text.Length && MeasureWords.Contains(text[end], StringComparison.Ordinal) || start > 0 && text[start - 1] == '第');

    private static long Value(ReadOnlySpan<char> text)
    {
        long total = 0, section = 0, digit = 0, last = 1;
        var isPlain = true; // digits without a unit: 二五 is 25
        foreach (var c in text)
        {
            var at = c == '两' ? 2 : c == '〇' ? 0 : Digits.IndexOf(c, StringComparison.Ordinal);
            if (at == 0 && !isPlain) last = 10; // 二百零五 is 205
            if (at >= 0)
            {
                digit = isPlain ? digit * 10 + at : at;
                continue;
            }
            isPlain = false;
            long unit = c switch { '十' => 10, '百' => 100, '千' => 1000, _ => 10_000 };
            last = unit;
            if (unit == 10_000) (total, section, digit) = ((total + section + digit) * unit, 0, 0);
            else (section, digit) = (section + Math.Max(1, digit) * unit, 0);
        }
        if (!isPlain && last > 10) digit *= last / 10; // 二百五 is 250
        return total + section + digit;
    }
}
