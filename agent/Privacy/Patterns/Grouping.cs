namespace EdgeAgent.Privacy.Patterns;

/// <summary>Values that people write in groups: 6222 0212 3456 7890 128, 440301-19920830-2178. Pure.</summary>
internal static class Grouping
{
    /// <summary>The letters and digits of a value, in upper case.</summary>
    public static string Compact(string value) => string.Concat(value.Where(char.IsAsciiLetterOrDigit).Select(char.ToUpperInvariant));

    /// <summary>
    /// How many characters of a match are a value that passes a check: the longest beginning that ends with a group. 0 for none.
    /// </summary>
    /// <param name="match">Groups of ASCII letters and digits with separators between them.</param>
    /// <param name="check">Is given the beginning as it stands.</param>
    public static int Fit(string match, Func<string, bool> check)
    {
        for (var end = match.Length; end > 0; end--)
            if (char.IsAsciiLetterOrDigit(match[end - 1]) && (end == match.Length || !char.IsAsciiLetterOrDigit(match[end]))
                && check(match[..end])) return end;
        return 0;
    }
}
