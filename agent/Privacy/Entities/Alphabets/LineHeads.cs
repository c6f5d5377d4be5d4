namespace EdgeAgent.Privacy.Entities.Alphabets;

/// <summary>Marks at the heads of lines.</summary>
internal static class LineHeads
{
    /// <summary>Whether a character marks the head of a line in quoted mail, lists and tables.</summary>
    public static bool IsQuote(char c) => c is '>' or '|' or '?' or '*' or '#' or '•' or ' ';

    /// <summary>Where the text of the line that holds a position begins: behind marks that quote it.</summary>
    public static int TextStart(string text, int position)
    {
        var at = text.LastIndexOf('\n', position - 1) + 1;
        while (at < position && IsQuote(text[at])) at++;
        return at;
    }
}
