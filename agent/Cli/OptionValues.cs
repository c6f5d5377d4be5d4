using System.CommandLine;
using System.Globalization;

namespace EdgeAgent.Cli;

/// <summary>Values of options that people write with units.</summary>
internal static class OptionValues
{
    private const double MaxSeconds = 30 * 86_400d;

    /// <summary>A percentage as a share, 0..1.</summary>
    /// <exception cref="UsageException"/>
    public static double Share(string text) =>
        text.EndsWith('%') && double.TryParse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture, out var percent)
        && percent is >= 0 and <= 100 ? percent / 100 : throw new UsageException($"a share is a percentage of 0..100%, found '{text}'");

    /// <summary>Bytes a second: 2MB/s, 500k, 1000000; 0 without a text.</summary>
    /// <exception cref="UsageException"/>
    public static long BytesPerSecond(string? text)
    {
        if (string.IsNullOrEmpty(text)) return 0;
        var number = text.EndsWith("/s", StringComparison.Ordinal) ? text[..^2] : text;
        if (number.EndsWith('B')) number = number[..^1];
        var unit = number.Length == 0 ? 1 : char.ToUpperInvariant(number[^1]) switch
        {
            'K' => 1_000,
            'M' => 1_000_000,
            'G' => 1_000_000_000,
            _ => 1
        };
        if (unit > 1) number = number[..^1];
        return double.TryParse(number, CultureInfo.InvariantCulture, out var value) && value > 0
            ? (long)(value * unit)
            : throw new UsageException($"a bandwidth is a number with k, M or G and /s, such as 2MB/s; found '{text}'");
    }

    /// <summary>Takes only some numbers. A value that is no number is the parser's to refuse: reading it here would throw.</summary>
    public static void Limit(Option<int> option, string expected, Func<int, bool> isAllowed) => option.Validators.Add(found =>
    {
        if (found.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var number) && !isAllowed(number))
            found.AddError($"{option.Name} must be {expected}, found {number}");
    });

    /// <summary>A time with a unit: 90s, 30m, 4h; a number alone is seconds.</summary>
    /// <exception cref="UsageException"/>
    public static TimeSpan Duration(string option, string text)
    {
        var unit = text.Length == 0 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => 0 };
        return double.TryParse(unit > 0 ? text[..^1] : text, CultureInfo.InvariantCulture, out var value) && value > 0
            && value * Math.Max(1, unit) <= MaxSeconds
            ? TimeSpan.FromSeconds(value * Math.Max(1, unit))
            : throw new UsageException($"{option} expects a time such as 90s, 30m or 4h, at most 30d; found '{text}'");
    }

    /// <exception cref="UsageException"/>
    public static double NotNegative(string option, double seconds) => seconds is >= 0 and <= MaxSeconds
        ? seconds
        : throw new UsageException(string.Create(CultureInfo.InvariantCulture,
            $"{option} expects 0..{MaxSeconds} seconds; found {seconds}"));
}
