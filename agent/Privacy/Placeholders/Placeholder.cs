using System.Text;

namespace EdgeAgent.Privacy.Placeholders;

/// <summary>
/// The form of placeholders, &lt;TYPE_N&gt;, and how text that only looks like one is escaped: where an asker wrote the form, with
/// any number of underscores behind the bracket, one more underscore is added, and restoring takes one away. So restore(scrub(x))
/// is x for every x. Other angle brackets stay as they are.
/// </summary>
internal static class Placeholder
{
    private const int MaxType = 48, MaxNumber = 8;

    /// <summary>
    /// Length of a placeholder or escaped look-alike at the start of the text; 0 for neither; -1 where the text ends before that is
    /// known.
    /// </summary>
    /// <param name="underscores">Underscores behind the bracket: 0 for a placeholder, more for an escaped look-alike.</param>
    public static int Match(ReadOnlySpan<char> text, out int underscores)
    {
        underscores = 0;
        if (text.Length == 0) return -1;
        if (text[0] != '<') return 0;
        while (1 + underscores < text.Length && text[1 + underscores] == '_') underscores++;
        var name = text[(1 + underscores)..];
        if (name.Length == 0) return -1;
        if (!char.IsAsciiLetterUpper(name[0])) return 0;
        var i = 1;
        while (i < name.Length && i <= MaxType + MaxNumber + 1
            && (char.IsAsciiLetterUpper(name[i]) || char.IsAsciiDigit(name[i]) || name[i] == '_')) i++;
        if (i > MaxType + MaxNumber + 1) return 0;
        if (i == name.Length) return -1;
        if (name[i] != '>') return 0;
        var digits = i;
        while (char.IsAsciiDigit(name[digits - 1])) digits--;
        return digits < i && i - digits <= MaxNumber && name[digits - 1] == '_' ? 1 + underscores + i + 1 : 0;
    }

    /// <summary>The type in a placeholder: PERSON of &lt;PERSON_1&gt;.</summary>
    public static string TypeOf(string placeholder)
    {
        ArgumentNullException.ThrowIfNull(placeholder);
        var end = placeholder.LastIndexOf('_');
        return end > 1 ? placeholder[1..end] : "";
    }

    /// <summary>Appends text of the asker to scrubbed text, with look-alikes escaped.</summary>
    public static void AppendEscaped(StringBuilder to, ReadOnlySpan<char> text)
    {
        for (var at = text.IndexOf('<'); at >= 0; at = text.IndexOf('<'))
        {
            to.Append(text[..(at + 1)]);
            text = text[at..];
            if (Match(text, out _) > 0) to.Append('_');
            text = text[1..];
        }
        to.Append(text);
    }
}
