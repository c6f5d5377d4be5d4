using System.Globalization;
using System.Text;

namespace EdgeAgent.Inference.Structured.Expressions;

/// <summary>A set of Unicode scalar values, as ascending ranges that neither touch nor hold surrogates.</summary>
internal sealed class CodePoints
{
    private const int Max = 0x10FFFF, FirstSurrogate = 0xD800, LastSurrogate = 0xDFFF;

    private CodePoints(List<(int Low, int High)> ranges) => Ranges = ranges;

    public IReadOnlyList<(int Low, int High)> Ranges { get; }

    public static readonly CodePoints Everything = Of((0, Max)), None = Of(), Digits = Of(('0', '9')),
        Word = Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')),
        Space = Of(('\t', '\r'), (' ', ' '), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F),
            (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)),
        LineEnds = Of(('\n', '\n'), ('\r', '\r'), (0x2028, 0x2029));

    public static CodePoints Of(params IEnumerable<(int Low, int High)> ranges)
    {
        var merged = new List<(int Low, int High)>();
        foreach (var (low, high) in ranges.SelectMany(WithoutSurrogates).Order())
        {
            if (merged.Count > 0 && low <= merged[^1].High + 1) merged[^1] = (merged[^1].Low, Math.Max(merged[^1].High, high));
            else merged.Add((low, high));
        }
        return new CodePoints(merged);
    }

    private static IEnumerable<(int, int)> WithoutSurrogates((int Low, int High) range)
    {
        if (range.Low < FirstSurrogate) yield return (range.Low, Math.Min(range.High, FirstSurrogate - 1));
        if (range.High > LastSurrogate) yield return (Math.Max(range.Low, LastSurrogate + 1), range.High);
    }

    public CodePoints Or(CodePoints other) => Of([.. Ranges, .. other.Ranges]);

    public CodePoints Except(CodePoints other) => other.Or(Complement()).Complement();

    public CodePoints Complement()
    {
        var (gaps, next) = (new List<(int, int)>(), 0);
        foreach (var (low, high) in Ranges)
        {
            if (low > next) gaps.Add((next, low - 1));
            next = high + 1;
        }
        if (next <= Max) gaps.Add((next, Max));
        return Of(gaps);
    }

    public bool Contains(int value) => Ranges.Any(r => value >= r.Low && value <= r.High);

    /// <summary>
    /// The characters of a general category: its one or two letters, such as L or Nd. Null where there is none of that name.
    /// </summary>
    public static CodePoints? Category(string name)
    {
        var categories = Enum.GetValues<UnicodeCategory>().Where(c => Letters(c).StartsWith(name, StringComparison.Ordinal)).ToHashSet();
        if (name.Length is 0 or > 2 || categories.Count == 0) return null;
        var ranges = new List<(int, int)>();
        for (var (value, start) = (0, -1); value <= Max + 1; value++)
        {
            var belongs = value <= Max && categories.Contains(CharUnicodeInfo.GetUnicodeCategory(value));
            if (belongs && start < 0) start = value;
            if (belongs || start < 0) continue;
            ranges.Add((start, value - 1));
            start = -1;
        }
        return Of(ranges);
    }

    private static string Letters(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => "Lu",
        UnicodeCategory.LowercaseLetter => "Ll",
        UnicodeCategory.TitlecaseLetter => "Lt",
        UnicodeCategory.ModifierLetter => "Lm",
        UnicodeCategory.OtherLetter => "Lo",
        UnicodeCategory.NonSpacingMark => "Mn",
        UnicodeCategory.SpacingCombiningMark => "Mc",
        UnicodeCategory.EnclosingMark => "Me",
        UnicodeCategory.DecimalDigitNumber => "Nd",
        UnicodeCategory.LetterNumber => "Nl",
        UnicodeCategory.OtherNumber => "No",
        UnicodeCategory.ConnectorPunctuation => "Pc",
        UnicodeCategory.DashPunctuation => "Pd",
        UnicodeCategory.OpenPunctuation => "Ps",
        UnicodeCategory.ClosePunctuation => "Pe",
        UnicodeCategory.InitialQuotePunctuation => "Pi",
        UnicodeCategory.FinalQuotePunctuation => "Pf",
        UnicodeCategory.OtherPunctuation => "Po",
        UnicodeCategory.MathSymbol => "Sm",
        UnicodeCategory.CurrencySymbol => "Sc",
        UnicodeCategory.ModifierSymbol => "Sk",
        UnicodeCategory.OtherSymbol => "So",
        UnicodeCategory.SpaceSeparator => "Zs",
        UnicodeCategory.LineSeparator => "Zl",
        UnicodeCategory.ParagraphSeparator => "Zp",
        UnicodeCategory.Control => "Cc",
        UnicodeCategory.Format => "Cf",
        UnicodeCategory.PrivateUse => "Co",
        UnicodeCategory.OtherNotAssigned => "Cn",
        _ => "",
    };

    /// <summary>One character of the set in UTF-8.</summary>
    public Expression ToUtf8(ExpressionFactory factory)
    {
        return ToUtf8(factory, [.. Ranges.SelectMany(r => Sequences(r.Low, r.High))], 0);
    }

    /// <summary>The sequences from a byte on, as a tree of their common beginnings.</summary>
    private static Expression ToUtf8(ExpressionFactory factory, List<(byte Low, byte High)[]> sequences, int from) =>
        sequences.Exists(s => s.Length == from) ? factory.Empty : factory.Any([.. sequences.GroupBy(s => s[from])
            .Select(g => factory.Sequence(factory.Bytes(ByteSet.Range(g.Key.Low, g.Key.High)), ToUtf8(factory, [.. g], from + 1)))]);

    /// <summary>
    /// A range of code points as sequences of byte ranges: cut where the number of bytes changes, then where a leading byte would not
    /// have all its following bytes.
    /// </summary>
    private static IEnumerable<(byte Low, byte High)[]> Sequences(int low, int high)
    {
        foreach (var end in new[] { 0x7F, 0x7FF, 0xFFFF })
        {
            if (low > end || high <= end) continue;
            return Sequences(low, end).Concat(Sequences(end + 1, high));
        }
        for (var bits = 6; bits <= 18 && high > 0x7F; bits += 6)
        {
            var mask = (1 << bits) - 1;
            if (low >> bits == high >> bits) continue;
            if ((low & mask) != 0) return Sequences(low, low | mask).Concat(Sequences((low | mask) + 1, high));
            if ((high & mask) != mask) return Sequences(low, (high & ~mask) - 1).Concat(Sequences(high & ~mask, high));
        }
        Span<byte> first = stackalloc byte[4], last = stackalloc byte[4];
        var length = new Rune(low).EncodeToUtf8(first);
        new Rune(high).EncodeToUtf8(last);
        var sequence = new (byte, byte)[length];
        for (var i = 0; i < length; i++) sequence[i] = (first[i], last[i]);
        return [sequence];
    }
}
