namespace EdgeAgent.Privacy.Entities;

/// <summary>Letters in text.</summary>
internal static class LetterSpans
{
    /// <summary>Whether the text has a letter of any script.</summary>
    public static bool ContainsAnyLetter(this ReadOnlySpan<char> text)
    {
        foreach (var c in text)
            if (char.IsLetter(c)) return true;
        return false;
    }
}
