using System.Text;
using EdgeAgent.Privacy.Placeholders;

namespace EdgeAgent.Privacy.Streaming;

/// <summary>
/// Filters what a student writes, piece by piece: a model can emit personal data that it has memorised. What the patterns find is
/// replaced by stars before anybody sees it. The asker's own values are not there, since they went in as placeholders. The last
/// piece is held back, and the whole run of characters where that looks like a number, an address or a key. So ordinary words and
/// short codes wait one piece; of a personal value, up to three leading digits or the first part of a word may have been shown
/// before it is recognized. With <see cref="PrivacyOptions.StrictOutput"/> every run is held to its end, and nothing of it is shown.
/// </summary>
/// <param name="conversation">Its encrypted values become their placeholders, for the restorer behind; null: none are known.</param>
internal sealed class OutputFilter(Desensitizer desensitizer, Conversation? conversation = null)
{
    /// <summary>Characters already shown that are read again, for context words.</summary>
    private const int LookBehind = 40;

    /// <summary>Longest run that is held back; of longer ones the first part is judged alone.</summary>
    private const int MaxHeld = 96;

    private readonly StringBuilder _shown = new(), _held = new();

    /// <summary>Characters held back at present.</summary>
    public int Held => _held.Length;

    /// <summary>Adds a piece; returns the text that can be shown now.</summary>
    public string Add(string piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        _held.Append(piece);
        var text = _held.ToString();
        var behind = Math.Min(_shown.Length, LookBehind);
        var window = _shown.ToString(_shown.Length - behind, behind) + text;
        var run = window.Length;
        while (run > 0 && window.Length - Math.Max(run, behind) < MaxHeld && CouldGoOn(window, run - 1)) run--;
        var isWhole = desensitizer.Options.StrictOutput || IsTelling(window.AsSpan(run));
        var open = Math.Max(run, isWhole ? behind : Math.Max(behind, window.Length - piece.Length)) - behind;
        return Release(text, Math.Min(open, conversation?.OpenTail(text) ?? open));
    }

    /// <summary>Letters of a long word, characters of a long code, and digits of a long number: these are held back whole.</summary>
    private const int LongWord = 16, LongCode = 11, LongNumber = 4;

    /// <summary>Whether a run is, or could become, more than a word or a short code.</summary>
    private static bool IsTelling(ReadOnlySpan<char> run)
    {
        if (run.ContainsAny("@_%=+") || run.Contains("//", StringComparison.Ordinal)) return true;
        var (digits, letters) = (0, 0);
        for (var i = 0; i < run.Length; i++)
        {
            if (char.IsAsciiDigit(run[i])) digits++;
            if (char.IsAsciiLetter(run[i])) letters++;
            if (run[i] == '.' && i > 0 && char.IsAsciiLetter(run[i - 1]) && i + 1 < run.Length && char.IsAsciiLetter(run[i + 1]))
                return true;
        }
        return digits > LongNumber || digits == LongNumber && letters == 0 || run.Length > (digits == 0 ? LongWord : LongCode);
    }

    /// <summary>Ends the text; returns the rest.</summary>
    public string Finish() => Release(_held.ToString(), _held.Length);

    /// <summary>Filters the first characters and returns them; holds the rest.</summary>
    private string Release(string text, int count)
    {
        _held.Clear().Append(text, count, text.Length - count);
        if (count == 0) return "";
        if (conversation is not null)
        {
            text = conversation.WithPlaceholders(text[..count]);
            count = text.Length;
        }
        var behind = Math.Min(_shown.Length, LookBehind);
        var window = _shown.ToString(_shown.Length - behind, behind) + text[..count];
        if (!desensitizer.CouldFind(window))
        {
            Remember(text.AsSpan(0, count));
            return text[..count];
        }
        var result = text[..count].ToCharArray();
        foreach (var finding in desensitizer.Find(window))
            for (var i = Math.Max(finding.Start, behind); i < finding.End; i++) result[i - behind] = '*';
        Remember(result);
        return new string(result);
    }

    private void Remember(ReadOnlySpan<char> text)
    {
        _shown.Append(text);
        if (_shown.Length > 4 * LookBehind) _shown.Remove(0, _shown.Length - LookBehind);
    }

    /// <summary>
    /// Whether a run goes on: with letters, digits and what joins them; with a space only between digits, as in card numbers.
    /// </summary>
    private static bool CouldGoOn(string text, int i) => text[i] switch
    {
        ' ' => i > 0 && char.IsAsciiDigit(text[i - 1]) && (i + 1 == text.Length || char.IsAsciiDigit(text[i + 1])),
        var c => char.IsAsciiLetterOrDigit(c) || c is '@' or '.' or '_' or '-' or '+' or ':' or '/' or '%' or '=' or '(' or ')',
    };
}
