using EdgeAgent.Platform;

namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>Extends a Chinese address over the house number, and over building, floor and room behind it. Pure.</summary>
internal static class ChineseAddress
{
    /// <summary>Digits and letters of a number in an address are fewer than this.</summary>
    private const int LongNumber = 5;

    private static readonly LexiconFile Words = LexiconFile.Embedded(typeof(ChineseAddress).Assembly, "Privacy/Lexicons/addresses-zh.txt");
    private static readonly HashSet<char> StreetEnds = Words.Characters("street endings");
    private static readonly string[] Units = [.. Words.Words("units").OrderByDescending(u => u.Length)];

    /// <summary>Where an address ends that was found up to <paramref name="end"/> (exclusive).</summary>
    public static int End(string text, int end)
    {
        if (end == 0 || !StreetEnds.Contains(text[end - 1])) return end;
        for (var at = end; ;)
        {
            var digits = at;
            while (digits < text.Length && digits - at < LongNumber
                && (char.IsAsciiLetterOrDigit(text[digits]) || text[digits] == '-' && digits > at)) digits++;
            var unit = digits == at ? null : Units.FirstOrDefault(u => text.AsSpan(digits).StartsWith(u, StringComparison.Ordinal));
            if (unit is null) return end;
            at = end = digits + unit.Length;
        }
    }
}
