using System.Globalization;

namespace EdgeAgent.Privacy.Patterns.Builtin;

/// <summary>
/// The rule of what may touch an IPv4 address. No digit; before it no letter but a label's, and no dot behind a letter or digit;
/// behind it no dot with a digit: these make a version or an object identifier. A hyphen joins two addresses, or an address with the
/// last number of a range (192.168.1.10-20); with any other number it is a version. A slash and the length of a prefix, a port and
/// letters may follow. Pure.
/// </summary>
internal static class AddressBorders
{
    private const int MaxOctetDigits = 3, MaxOctet = 255, DotsOfAddress = 3;

    /// <param name="end">Exclusive.</param>
    public static bool AreFree(string text, int start, int end) => IsFreeBefore(text, start) && IsFreeBehind(text, start, end);

    private static bool IsFreeBefore(string text, int start)
    {
        if (!NumberBorders.IsFreeBefore(text, start)) return false;
        return NumberBorders.IsNumberBefore(text, start) || text[start - 1] != '.' && Dots(text, start - 1) == DotsOfAddress;
    }

    private static bool IsFreeBehind(string text, int start, int end)
    {
        if (end < text.Length && char.IsAsciiDigit(text[end])) return false;
        if (end + 1 >= text.Length || !char.IsAsciiDigit(text[end + 1])) return true;
        return text[end] switch
        {
            '.' or '+' or '_' => false,
            '-' => IsRange(text, start, end),
            _ => true,
        };
    }

    /// <summary>Whether a larger last number, or another address, stands behind the hyphen.</summary>
    private static bool IsRange(string text, int start, int end)
    {
        var to = end + 1;
        while (to < text.Length && char.IsAsciiDigit(text[to])) to++;
        if (to < text.Length && text[to] == '.') return true;
        var last = text.LastIndexOf('.', end - 1, end - start) + 1;
        return to - end - 1 <= MaxOctetDigits && Number(text, end + 1, to) is <= MaxOctet and var octet && octet > Number(text, last, end);
    }

    private static int Number(string text, int start, int end) => int.Parse(text.AsSpan(start, end - start), CultureInfo.InvariantCulture);

    /// <summary>Dots in the run of digits and dots that ends at a position; counts no further than one more than an address has.</summary>
    private static int Dots(string text, int end)
    {
        var dots = 0;
        for (var i = end - 1; i >= 0 && dots <= DotsOfAddress && (char.IsAsciiDigit(text[i]) || text[i] == '.'); i--)
            if (text[i] == '.') dots++;
        return dots;
    }
}
