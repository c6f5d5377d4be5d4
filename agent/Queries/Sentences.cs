namespace EdgeAgent.Queries;

/// <summary>Where sentences end, in Chinese and English. Pure.</summary>
internal static class Sentences
{
    private const string Ends = "。！？!?\n";

    /// <summary>
    /// Index after the last complete sentence; 0 where none is complete. A full stop ends one only before white space or at the end.
    /// </summary>
    public static int End(ReadOnlySpan<char> text)
    {
        for (var i = text.Length - 1; i >= 0; i--)
            if (Ends.Contains(text[i], StringComparison.Ordinal)
                || text[i] == '.' && (i + 1 == text.Length || char.IsWhiteSpace(text[i + 1]))) return i + 1;
        return 0;
    }

    /// <summary>Whether the text ends with a complete sentence, white space behind it aside.</summary>
    public static bool AreComplete(ReadOnlySpan<char> text) => End(text) >= text.TrimEnd().Length;
}
