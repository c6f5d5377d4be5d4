using System.Globalization;
using System.Text;
using EdgeAgent.Platform;

namespace EdgeAgent.Privacy;

/// <summary>
/// A text in NFKC (UAX #15) without invisible characters, with the way back: full-width digits, ligatures and split accents look
/// plain to recognizers, and what they find is cut out of the original. Positions count UTF-16 units. Immutable; linear in the
/// text's length.
/// </summary>
public sealed class NormalizedText
{
    /// <summary>Combining marks beyond this many code units are no writing.</summary>
    private const int MaxCluster = 32;

    private readonly int[]? _starts, _ends; // original positions of each character; null: the same
    private NormalizedText(string original, string text, int[]? starts, int[]? ends) =>
        (Original, Text, _starts, _ends) = (original, text, starts, ends);

    /// <summary>The text as it came.</summary>
    public string Original { get; }

    /// <summary>The normalized text.</summary>
    public string Text { get; }

    /// <summary>Original position at which a character of the normalized text begins.</summary>
    public int Start(int index) => _starts is null ? index : index < _starts.Length ? _starts[index] : Original.Length;

    /// <summary>The first character of the normalized text that begins at an original position or behind it.</summary>
    public int IndexOf(int original)
    {
        if (_starts is null) return original;
        var at = Array.BinarySearch(_starts, original);
        if (at < 0) return ~at;
        while (at > 0 && _starts[at - 1] == original) at--; // one character can become several
        return at;
    }

    /// <summary>Original position behind the character before <paramref name="end"/>.</summary>
    public int End(int end) => _ends is null || end == 0 ? end : _ends[end - 1];

    /// <summary>Normalizes a text.</summary>
    public static NormalizedText Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (IsPlain(text)) return new NormalizedText(text, text, null, null);
        var result = new StringBuilder(text.Length);
        List<int> starts = new(text.Length), ends = new(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var end = ClusterEnd(text, i);
            if (!IsInvisible(text[i]))
            {
                var piece = end - i == 1 && (char.IsAscii(text[i]) || IsHan(text[i]))
                    ? text.AsSpan(i, 1) : UnicodeNormalizer.Normalize(text[i..end], NormalizationForm.FormKC);
                result.Append(piece);
                for (var k = 0; k < piece.Length; k++)
                {
                    starts.Add(i);
                    ends.Add(end);
                }
            }
            i = end;
        }
        return new NormalizedText(text, result.ToString(), [.. starts], [.. ends]);
    }

    /// <summary>
    /// Whether normalization leaves the text as it is, by ranges alone: ASCII, Latin-1 letters, Han, and common Chinese
    /// punctuation that NFKC keeps.
    /// </summary>
    private static bool IsPlain(string text)
    {
        foreach (var c in text)
            if (!(char.IsAscii(c) || IsHan(c) || c is '。' or '、' or '《' or '》' or '“' or '”' or '‘' or '’' or '—'
                || c is >= 'À' and <= 'ÿ')) return false;
        return true;
    }

    private static bool IsHan(char c) => c is >= '\u4e00' and <= '\u9fff';

    private static bool IsInvisible(char c) =>
        c is '\u00AD' or '\u180E' or '\u2060' or '\uFEFF' or (>= '\u200B' and <= '\u200F') or (>= '\u202A' and <= '\u202E');

    /// <summary>A code point and the combining marks behind it.</summary>
    private static int ClusterEnd(string text, int start)
    {
        var end = start + (start + 1 < text.Length && char.IsSurrogatePair(text[start], text[start + 1]) ? 2 : 1);
        while (end < text.Length && end - start < MaxCluster && text[end] > '\u02ff'
            && CharUnicodeInfo.GetUnicodeCategory(text[end]) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.EnclosingMark) end++;
        return end;
    }
}
