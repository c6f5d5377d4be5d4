namespace EdgeAgent.Privacy.Patterns.Builtin;

/// <summary>What people write behind a telephone number: extensions, and the last digits of the next line. Pure.</summary>
internal static class PhoneSuffixes
{
    private const int MaxExtension = 6, MaxLastDigits = 4;

    /// <summary>What announces an extension, longest first.</summary>
    private static readonly string[] Announced = ["转分机", "extension", "分机号", "分机", "ext.", "ext", "转", "#", "x"];

    /// <summary>Where a number ends whose digits end at a position: behind its extension (-8001, 转8001, ext. 12).</summary>
    public static int ExtensionEnd(string text, int end)
    {
        var at = end;
        if (at < text.Length && text[at] == '-') return DigitsEnd(text, at + 1, MaxExtension) is var dashed && dashed > 0 ? dashed : end;
        while (at < text.Length && at - end < 2 && text[at] is ' ' or ',') at++;
        foreach (var word in Announced)
        {
            if (!text.AsSpan(at).StartsWith(word, StringComparison.OrdinalIgnoreCase)) continue;
            at += word.Length;
            while (at < text.Length && text[at] is ' ' or ':' or '：' or '.') at++;
            return DigitsEnd(text, at, MaxExtension) is var announced && announced > 0 ? announced : end;
        }
        return end;
    }

    /// <summary>The same for fixed lines, of which several share their first digits: 52066273/74.</summary>
    public static int LineEnd(string text, int end)
    {
        var at = ExtensionEnd(text, end);
        while (at < text.Length && text[at] is '/' or '、' && DigitsEnd(text, at + 1, MaxLastDigits) is var next && next > 0) at = next;
        return at;
    }

    /// <summary>Behind 1..max digits that no other digit or letter follows; 0 for none.</summary>
    private static int DigitsEnd(string text, int start, int max)
    {
        var end = start;
        while (end < text.Length && end - start <= max && char.IsAsciiDigit(text[end])) end++;
        var fits = end > start && end - start <= max && !(end < text.Length && char.IsAsciiLetter(text[end]))
            && !(end + 1 < text.Length && text[end] is '-' or '.' && char.IsAsciiDigit(text[end + 1]));
        return fits ? end : 0;
    }
}
