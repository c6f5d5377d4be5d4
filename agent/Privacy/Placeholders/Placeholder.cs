using System.Text;

namespace EdgeAgent.Privacy.Placeholders;

/// <summary>
/// The shape of placeholders, &lt;TYPE_N&gt;, and what keeps them apart from text that only looks like one: where an asker
/// wrote the shape, with any number of underscores behind the bracket, one underscore more goes in; restoring takes one away.
/// So restore(scrub(x)) is x for every x, and other angle brackets stay as they are.
/// </summary>
internal static class Placeholder
{
    private const int MaxType = 48, MaxNumber = 8;

    /// <summary>
    /// Length of the shape at the start of the text, 0 where there is none, -1 where the text ends before that is known.
    /// </summary>
    /// <param name="underscores">How many underscores stand behind the bracket: 0 is a placeholder, more an escaped look-alike.</param>
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

    /// <summary>Appends text of the asker to scrubbed text.</summary>
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

/// <summary>
/// Puts the values back, left to right, as the text comes: what could still become a placeholder is held back, and nothing
/// else. A placeholder the conversation does not know stays as it is. Values are never looked at again, so that none can
/// bring another one in.
/// </summary>
/// <param name="valueOf">The value of a placeholder; null leaves it as it is.</param>
internal sealed class Restorer(Func<string, string?> valueOf)
{
    private readonly StringBuilder _held = new();

    /// <summary>Everything at once.</summary>
    public static string Restore(string text, Func<string, string?> valueOf)
    {
        var restorer = new Restorer(valueOf);
        return restorer.Add(text) + restorer.Finish();
    }

    /// <summary>Characters held back at present.</summary>
    public int Held => _held.Length;

    /// <summary>The text that can be shown now.</summary>
    public string Add(string piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        if (_held.Length == 0 && !piece.Contains('<', StringComparison.Ordinal)) return piece;
        var text = _held.Append(piece).ToString();
        _held.Clear();
        return Replace(text, final: false);
    }

    public string Finish()
    {
        var text = _held.ToString();
        _held.Clear();
        return Replace(text, final: true);
    }

    private string Replace(string text, bool final)
    {
        var result = new StringBuilder(text.Length);
        var rest = text.AsSpan();
        for (var at = rest.IndexOf('<'); at >= 0; at = rest.IndexOf('<'))
        {
            result.Append(rest[..at]);
            rest = rest[at..];
            var length = Placeholder.Match(rest, out var underscores);
            if (length < 0 && !final)
            {
                _held.Append(rest);
                return result.ToString();
            }
            if (length <= 0)
            {
                result.Append('<');
                rest = rest[1..];
                continue;
            }
            if (underscores > 0) result.Append('<').Append(rest[2..length]);
            else result.Append(valueOf(rest[..length].ToString()) ?? rest[..length].ToString());
            rest = rest[length..];
        }
        return result.Append(rest).ToString();
    }
}
