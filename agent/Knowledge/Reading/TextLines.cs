using System.Text;

namespace EdgeAgent.Knowledge.Reading;

/// <summary>Joins the lines of a paragraph. Pure.</summary>
internal static class TextLines
{
    /// <summary>Appends a line: without a blank between Han characters, and with a word put together that a hyphen divides.</summary>
    public static void Append(StringBuilder text, string line)
    {
        if (line.Length == 0) return;
        if (text.Length == 0)
        {
            text.Append(line);
            return;
        }
        var last = text[^1];
        if (last == '-' && text.Length > 1 && char.IsLower(text[^2]) && char.IsLower(line[0])) text.Length--;
        else if (last == '\u00AD') text.Length--;
        else if (!(IsWide(last) && IsWide(line[0]))) text.Append(' ');
        text.Append(line);
    }

    /// <summary>A text with runs of white space as one blank, and without control characters.</summary>
    public static string Tidy(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
            if (char.IsWhiteSpace(c) || char.IsControl(c))
            {
                if (result.Length > 0 && result[^1] != ' ') result.Append(' ');
            }
            else if (c is not ('\u200B' or '\uFEFF' or '\u00AD')) result.Append(c);
        return result.ToString().TrimEnd();
    }

    /// <summary>Han characters, kana and their punctuation, which are written without blanks.</summary>
    public static bool IsWide(char c) => c is >= '\u2E80' and <= '\u9FFF' or >= '\uF900' and <= '\uFAFF' or >= '\uFF00' and <= '\uFFEF';
}
