using System.Text;

namespace EdgeAgent.Privacy.Placeholders;

/// <summary>
/// Puts the values back in one pass from left to right, as the text comes. Only what could still become a placeholder is held back.
/// An unknown placeholder stays as it is. Restored values are not read again, so that no value can bring in another.
/// </summary>
/// <param name="valueOf">The value of a placeholder; null leaves it as it is.</param>
internal sealed class Restorer(Func<string, string?> valueOf)
{
    private readonly StringBuilder _held = new();

    /// <summary>Restores a whole text.</summary>
    public static string Restore(string text, Func<string, string?> valueOf)
    {
        var restorer = new Restorer(valueOf);
        return restorer.Add(text) + restorer.Finish();
    }

    /// <summary>Characters held back at present.</summary>
    public int Held => _held.Length;

    /// <summary>Adds a piece; returns the text that can be shown now.</summary>
    public string Add(string piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        if (_held.Length == 0 && !piece.Contains('<', StringComparison.Ordinal)) return piece;
        var text = _held.Append(piece).ToString();
        _held.Clear();
        return Replace(text, final: false);
    }

    /// <summary>Ends the text; returns the rest.</summary>
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
