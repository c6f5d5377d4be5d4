using System.Buffers;
using EdgeAgent.Platform;

namespace EdgeAgent.Privacy.Patterns;

/// <summary>
/// The rule of what may touch a number. A letter, digit or underscore beside it makes another word of it, unless the letters before
/// it are a label (Tel13812345678). A separator of the lists stands between values. A joint makes one longer number of two, unless
/// the other side is a label, or has so many digits that it is a value itself (13812345678-13987654321). Any other character, Han
/// among them, may touch a number. The separators and labels are in Lexicons/number-borders.txt. Pure.
/// </summary>
internal static class NumberBorders
{
    /// <summary>Digits on the other side of a joint from which that is a value of its own.</summary>
    private const int MinDigitsOfValue = 7;

    /// <summary>Longest label, and characters of the other side that are read.</summary>
    private const int MaxLabel = 12, MaxOtherSide = 24;

    private static readonly LexiconFile Table =
        LexiconFile.Embedded(typeof(NumberBorders).Assembly, "Privacy/Lexicons/number-borders.txt");
    private static readonly HashSet<char> Joints = Table.Characters("joints");
    private static readonly SearchValues<char> Separators = SearchValues.Create([.. Joints, .. Table.Characters("lists")]);
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> LabelWords =
        Table.Words("labels").ToHashSet(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether a text is a word that people write before numbers (Tel, IP).</summary>
    public static bool IsLabel(ReadOnlySpan<char> text) => LabelWords.Contains(text);

    /// <summary>Whether a match is a word: no letter or digit touches it, a label before it excepted.</summary>
    /// <param name="end">Exclusive.</param>
    public static bool IsWord(string text, int start, int end) => IsFreeBefore(text, start) && !(end < text.Length && IsPart(text[end]));

    /// <summary>Whether what is before a match does not make it a part of a longer word.</summary>
    public static bool IsFreeBefore(string text, int start) =>
        start == 0 || !IsPart(text[start - 1]) || char.IsAsciiDigit(text[start]) && EndsInLabel(text, start);

    /// <summary>Whether the separators around a match leave it a number of its own.</summary>
    /// <param name="end">Exclusive.</param>
    public static bool IsNumber(string text, int start, int end) => IsNumberBefore(text, start) && IsNumberBehind(text, end);

    /// <summary>The same for what is before it alone.</summary>
    public static bool IsNumberBefore(string text, int start)
    {
        if (start < 2 || !Joints.Contains(text[start - 1]) || !char.IsAsciiLetterOrDigit(text[start - 2])) return true;
        return EndsInLabel(text, start - 1) || DigitsBefore(text, start - 1) >= MinDigitsOfValue;
    }

    private static bool IsNumberBehind(string text, int end) =>
        end + 1 >= text.Length || !Joints.Contains(text[end]) || !char.IsAsciiDigit(text[end + 1])
        || DigitsBehind(text, end + 1) >= MinDigitsOfValue;

    private static bool EndsInLabel(string text, int end)
    {
        var start = end;
        while (start > 0 && end - start <= MaxLabel && char.IsAsciiLetter(text[start - 1])) start--;
        return start < end && (start == 0 || !IsPart(text[start - 1])) && IsLabel(text.AsSpan(start, end - start));
    }

    private static int DigitsBefore(string text, int end)
    {
        var digits = 0;
        for (var i = end - 1; i >= Math.Max(0, end - MaxOtherSide) && IsOfNumber(text[i]); i--)
            if (char.IsAsciiDigit(text[i])) digits++;
        return digits;
    }

    private static int DigitsBehind(string text, int start)
    {
        var digits = 0;
        for (var i = start; i < Math.Min(text.Length, start + MaxOtherSide) && IsOfNumber(text[i]); i++)
            if (char.IsAsciiDigit(text[i])) digits++;
        return digits;
    }

    private static bool IsOfNumber(char c) => char.IsAsciiDigit(c) || Separators.Contains(c);

    private static bool IsPart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
}
