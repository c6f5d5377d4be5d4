using System.Globalization;
using System.Text;

namespace EdgeAgent.Inference.Tokenization;

/// <summary>
/// A text with one UTF-16 unit per code point, so that a .NET regex (which looks at UTF-16 units) classifies
/// supplementary characters by their category: each is replaced by a BMP character of the same Unicode
/// general category. <see cref="Offset"/> maps positions back to the original text.
/// </summary>
internal readonly struct RuneShape
{
    private readonly int[]? _offsets;
    private readonly int _length;

    private RuneShape(string shape, int[]? offsets, int length)
    {
        Shape = shape;
        _offsets = offsets;
        _length = length;
    }

    public string Shape { get; }

    public int Offset(int position) => _offsets is null ? position : position == Shape.Length ? _length : _offsets[position];

    public static RuneShape Of(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return new RuneShape(text, null, text.Length);
        var shape = new StringBuilder(text.Length);
        var offsets = new List<int>(text.Length);
        for (var i = 0; i < text.Length;)
        {
            offsets.Add(i);
            if (Rune.TryGetRuneAt(text, i, out var rune))
            {
                shape.Append(rune.IsBmp ? (char)rune.Value : Representative(rune));
                i += rune.Utf16SequenceLength;
            }
            else
            {
                shape.Append('\uFFFD');
                i++;
            }
        }
        return new RuneShape(shape.ToString(), [.. offsets], text.Length);
    }

    private static char Representative(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter => '\u0100',
        UnicodeCategory.LowercaseLetter => '\u0101',
        UnicodeCategory.TitlecaseLetter => '\u01C5',
        UnicodeCategory.ModifierLetter => '\u02B0',
        UnicodeCategory.OtherLetter => '\u01BB',
        UnicodeCategory.NonSpacingMark => '\u0300',
        UnicodeCategory.SpacingCombiningMark => '\u0903',
        UnicodeCategory.EnclosingMark => '\u0488',
        UnicodeCategory.DecimalDigitNumber => '\u0660',
        UnicodeCategory.LetterNumber => '\u16EE',
        UnicodeCategory.OtherNumber => '\u00B2',
        UnicodeCategory.ConnectorPunctuation => '\u203F',
        UnicodeCategory.DashPunctuation => '\u2010',
        UnicodeCategory.OpenPunctuation => '\u2045',
        UnicodeCategory.ClosePunctuation => '\u2046',
        UnicodeCategory.InitialQuotePunctuation => '\u00AB',
        UnicodeCategory.FinalQuotePunctuation => '\u00BB',
        UnicodeCategory.OtherPunctuation => '\u00A1',
        UnicodeCategory.MathSymbol => '\u00B1',
        UnicodeCategory.CurrencySymbol => '\u00A2',
        UnicodeCategory.ModifierSymbol => '\u00A8',
        UnicodeCategory.OtherSymbol => '\u00A6',
        UnicodeCategory.Format => '\u00AD',
        UnicodeCategory.PrivateUse => '\uE000',
        _ => '\u0378', // unassigned
    };
}
