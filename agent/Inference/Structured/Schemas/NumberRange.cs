using System.Globalization;
using EdgeAgent.Inference.Structured.Expressions;

namespace EdgeAgent.Inference.Structured.Schemas;

/// <summary>One end of a range of numbers.</summary>
/// <param name="IsExclusive">Whether the value itself lies outside.</param>
internal readonly record struct NumberBound(decimal Value, bool IsExclusive);

/// <summary>Numbers between bounds, as digits: compared digit by digit, since an expression cannot compute.</summary>
internal sealed class NumberRange(ExpressionFactory factory, JsonText json)
{
    private static readonly decimal MaxWhole = decimal.Parse(new string('9', JsonText.MaxDigits), CultureInfo.InvariantCulture);

    /// <summary>Integers within bounds.</summary>
    public Expression Integers(NumberBound? min, NumberBound? max)
    {
        var low = min is { } l ? Math.Max(-MaxWhole, Ceiling(l)) : -MaxWhole;
        var high = max is { } h ? Math.Min(MaxWhole, Floor(h)) : MaxWhole;
        if (low > high) return factory.Nothing;
        var positive = high >= 0 ? Magnitudes(Math.Max(low, 0), high) : factory.Nothing;
        var negative = low < 0 ? Magnitudes(Math.Max(-high, 1), -low) : factory.Nothing;
        return factory.Any(positive, factory.Sequence(json.Byte("-"), negative));
    }

    private static decimal Ceiling(NumberBound bound) =>
        bound.IsExclusive ? decimal.Floor(bound.Value) + 1 : decimal.Ceiling(bound.Value);

    private static decimal Floor(NumberBound bound) =>
        bound.IsExclusive ? decimal.Ceiling(bound.Value) - 1 : decimal.Floor(bound.Value);

    /// <summary>Whole numbers from low to high, both 0 or more and at most 18 digits long.</summary>
    private Expression Magnitudes(decimal low, decimal high)
    {
        var (from, to) = (Digits(low), Digits(high));
        var parts = new List<Expression>();
        for (var length = from.Length; length <= to.Length; length++)
            parts.Add(Between(length == from.Length ? from : "1".PadRight(length, '0'),
                length == to.Length ? to : new string('9', length)));
        return factory.Any([.. parts]);
    }

    private static string Digits(decimal whole) => decimal.Truncate(whole).ToString("0", CultureInfo.InvariantCulture);

    /// <summary>Numbers of the length of both, from low to high.</summary>
    private Expression Between(ReadOnlySpan<char> low, ReadOnlySpan<char> high)
    {
        if (low.IsEmpty) return factory.Empty;
        if (low[0] == high[0]) return factory.Sequence(Digit(low[0], low[0]), Between(low[1..], high[1..]));
        var rest = low.Length - 1;
        return factory.Any(
            factory.Sequence(Digit(low[0], low[0]), Between(low[1..], new string('9', rest))),
            factory.Sequence(Digit((char)(low[0] + 1), (char)(high[0] - 1)), json.Digits(rest, rest)),
            factory.Sequence(Digit(high[0], high[0]), Between(new string('0', rest), high[1..])));
    }

    private Expression Digit(char low, char high) => factory.Bytes(ByteSet.Range(low, high));

    /// <summary>Numbers with or without a fraction within bounds; null where an end has too many digits.</summary>
    public Expression? Numbers(NumberBound? min, NumberBound? max)
    {
        var positive = max is { Value: < 0 } ? factory.Nothing
            : Fractions(min is { Value: >= 0 } ? min : null, max);
        // a negative number's distance from zero lies between the ends in reverse; zero itself has no sign
        var negative = min is { Value: >= 0 } ? factory.Nothing
            : Fractions(max is { Value: < 0 } highest ? highest with { Value = -highest.Value } : new NumberBound(0, true),
                min is { } lowest ? lowest with { Value = -lowest.Value } : null);
        return positive is null || negative is null ? null : factory.Any(positive, factory.Sequence(json.Byte("-"), negative));
    }

    /// <summary>Numbers of 0 or more within bounds.</summary>
    private Expression? Fractions(NumberBound? min, NumberBound? max)
    {
        var low = min ?? new NumberBound(0, false);
        var (from, above) = Split(low);
        if (from < 0) return null;
        var first = Fitting(AtLeast(above, low.IsExclusive));
        if (max is not { } high)
            return factory.Any(factory.Sequence(factory.Literal(Ascii(from)), first), Wholes(from + 1, MaxWhole));
        var (to, below) = Split(high);
        if (to < 0) return null;
        if (from > to) return factory.Nothing;
        var last = AtMost(below, high.IsExclusive);
        return from == to ? factory.Sequence(factory.Literal(Ascii(from)), Fitting(first, last))
            : factory.Any(factory.Sequence(factory.Literal(Ascii(from)), first), Wholes(from + 1, to - 1),
                factory.Sequence(factory.Literal(Ascii(to)), Fitting(last)));
    }

    /// <summary>Whole numbers from low to high with any fraction.</summary>
    private Expression Wholes(decimal low, decimal high) => low > high ? factory.Nothing
        : factory.Sequence(Magnitudes(low, high), factory.Optional(json.Fraction));

    /// <summary>Fractions of the longest length allowed; few enough rests to be made free of dead ends.</summary>
    private Expression Fitting(params ReadOnlySpan<Expression> parts) =>
        Liveness.All(factory, [factory.Optional(json.Fraction), .. parts]) ?? throw new TooComplexException();

    /// <summary>
    /// The whole part, and the fraction's digits without trailing zeros; a whole part of -1 where either has too many digits.
    /// </summary>
    private static (decimal Whole, string Fraction) Split(NumberBound bound)
    {
        var text = bound.Value.ToString(CultureInfo.InvariantCulture).Split('.');
        var fraction = text.ElementAtOrDefault(1)?.TrimEnd('0') ?? "";
        return text[0].Length > JsonText.MaxDigits || fraction.Length > JsonText.MaxFraction ? (-1, "")
            : (decimal.Truncate(bound.Value), fraction);
    }

    private static byte[] Ascii(decimal whole) => System.Text.Encoding.ASCII.GetBytes(Digits(whole));

    private Expression Rest => json.Digits(0, JsonText.MaxFraction);

    private Expression Zeros => factory.Repeat(json.Byte("0"), 0, JsonText.MaxFraction);

    /// <summary>Fractions (or none) of at least the digits; without trailing zeros.</summary>
    private Expression AtLeast(string digits, bool isExclusive)
    {
        var more = factory.Sequence(Zeros, json.Byte("123456789"), Rest);
        if (digits.Length == 0)
            return isExclusive ? factory.Sequence(json.Byte("."), more)
                : factory.Optional(factory.Sequence(json.Byte("."), json.Digits(1, JsonText.MaxFraction)));
        var tail = isExclusive ? more : Rest;
        for (var i = digits.Length - 1; i >= 0; i--)
            tail = factory.Any(factory.Sequence(Digit((char)(digits[i] + 1), '9'), Rest),
                factory.Sequence(Digit(digits[i], digits[i]), tail));
        return factory.Sequence(json.Byte("."), tail);
    }

    /// <summary>Fractions (or none) of at most the digits; without trailing zeros.</summary>
    private Expression AtMost(string digits, bool isExclusive)
    {
        if (digits.Length == 0)
            return isExclusive ? factory.Nothing
                : factory.Optional(factory.Sequence(json.Byte("."), json.Byte("0"), Zeros));
        var tail = isExclusive ? factory.Nothing : Zeros;
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            // a fraction that ends before the last digit is smaller
            var here = factory.Any(factory.Sequence(Digit('0', (char)(digits[i] - 1)), Rest),
                factory.Sequence(Digit(digits[i], digits[i]), tail));
            tail = i > 0 ? factory.Optional(here) : here;
        }
        return factory.Optional(factory.Sequence(json.Byte("."), tail));
    }
}
