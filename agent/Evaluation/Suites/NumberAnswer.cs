using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation.Suites;

/// <summary>The number that an answer gives to a sum. Pure.</summary>
internal static partial class NumberAnswer
{
    /// <summary>The number behind the mark that the worked examples end with; null where the answer does not follow them.</summary>
    /// <param name="mark">What stands before the number.</param>
    public static decimal? Strict(string answer, string mark)
    {
        var text = Normalize(answer);
        var at = text.IndexOf(mark, StringComparison.Ordinal);
        if (at < 0) return null;
        var match = AtStart().Match(text[(at + mark.Length)..]);
        return match.Success ? Value(match.Groups[1].Value) : null;
    }

    /// <summary>The last number of the answer, wherever it stands; null without any.</summary>
    public static decimal? Flexible(string answer)
    {
        var matches = Anywhere().Matches(Normalize(answer));
        return matches.Count > 0 ? Value(matches[^1].Value) : null;
    }

    private static decimal? Value(string text) => decimal.TryParse(text.Replace(",", "", StringComparison.Ordinal),
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string Normalize(string text) => UnicodeNormalizer.Normalize(text, NormalizationForm.FormKC);

    [GeneratedRegex(@"^[\s:]*[$¥￥]?\s*(-?[0-9][0-9,]*(?:\.[0-9]+)?)")]
    private static partial Regex AtStart();

    [GeneratedRegex(@"(?:(?<![0-9.])-)?[0-9][0-9,]*(?:\.[0-9]+)?")]
    private static partial Regex Anywhere();
}
