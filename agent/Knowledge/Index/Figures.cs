using System.Globalization;
using System.Text.RegularExpressions;
using EdgeAgent.Answers.Matching;

namespace EdgeAgent.Knowledge.Index;

/// <summary>A number with its unit as it is compared: 40 N·m, 40Nm and 40 牛米 are one.</summary>
/// <param name="Number">In plain decimals, without leading or trailing zeros.</param>
/// <param name="Unit">One spelling for each unit; empty for a bare number.</param>
internal readonly record struct Figure(string Number, string Unit)
{
    private static readonly Dictionary<string, string> Shown = TermLexicon.File.Sides("units-shown")
        .ToDictionary(sides => sides[0][0], sides => sides[1][0], StringComparer.Ordinal);

    /// <summary>As people write it: 40 Nm.</summary>
    public override string ToString() => Unit.Length == 0 ? Number : $"{Number} {Shown.GetValueOrDefault(Unit, Unit)}";
}

/// <summary>Reads numbers with units, and codes (SP-14, X3:7, M8x25, 6204-2RS), from a text. Pure.</summary>
internal static partial class Figures
{
    private static readonly Dictionary<string, string> Units = TermLexicon.File.Groups("units")
        .SelectMany(words => words.Select(word => (word, words[0]))).ToDictionary(p => p.word, p => p.Item2, StringComparer.Ordinal);

    /// <summary>A number; what may stand between it and its unit; the unit. Longest units first.</summary>
    private static readonly Regex WithUnit = new(
        @"(?<n>[0-9]+(?:[.,][0-9]+)*)(?<to>\s?(?:[-–—~～…]|to|至|到|±|\+/-)\s?(?<m>[0-9]+(?:[.,][0-9]+)*))?"
            + $@"\s?(?<u>{UnitPattern()})?",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>A unit in brackets before the number it belongs to, as a table's heading has it: Torque (Nm): 40.</summary>
    private static readonly Regex UnitBefore = new($@"[(\[/,]\s?(?<u>{UnitPattern()})\s?[)\]]?\s?[:：]\s?$",
        RegexOptions.CultureInvariant | RegexOptions.RightToLeft);

    /// <summary>A text in the spelling that everything here reads.</summary>
    public static string Normalize(string text) => QuestionText.Normalize(HanBehindLatin().Replace(text, " "))
        .Replace('×', 'x').Replace('−', '-').Replace('⋅', '·').Replace('•', '·');

    /// <param name="normal">The normalised text.</param>
    public static List<Figure> Of(string normal)
    {
        var figures = new List<Figure>();
        for (var match = WithUnit.Match(normal); match.Success;)
        {
            var number = match.Groups["n"];
            var isNumber = IsNumber(normal, match);
            if (isNumber)
            {
                var unit = UnitOf(normal, match);
                figures.Add(new Figure(Plain(number.Value), unit));
                if (match.Groups["m"].Success) figures.Add(new Figure(Plain(match.Groups["m"].Value), unit));
            }
            // of "M8 to 25 Nm" the 8 belongs to a code, the rest does not
            match = isNumber ? match.NextMatch() : WithUnit.Match(normal, number.Index + number.Length);
        }
        return figures;
    }

    /// <summary>Codes in one spelling, without what joins their parts: sp14, x37, m8x25, 62042rs.</summary>
    /// <param name="normal">The normalised text.</param>
    public static List<string> Codes(string normal)
    {
        var codes = new List<string>();
        foreach (Match match in CodeShape().Matches(normal))
            if (IsCode(match.Value)) codes.Add(Key(match.Value));
        return codes;
    }

    /// <summary>Codes that are written apart (SP 14), as one: letters, then digits.</summary>
    /// <param name="normal">The normalised text.</param>
    public static IEnumerable<(string Written, string Joined)> SpacedCodes(string normal) =>
        SpacedCode().Matches(normal).Select(m => (m.Value, m.Groups[1].Value + m.Groups[2].Value));

    /// <summary>A code without what joins its parts.</summary>
    public static string Key(string code) => string.Concat(code.Where(char.IsLetterOrDigit));

    /// <summary>Whether a word is a code: it has a digit, and a letter or parts; and is no number with its unit.</summary>
    private static bool IsCode(string word)
    {
        if (!word.AsSpan().ContainsAnyInRange('0', '9')) return false;
        if (word.AsSpan().ContainsAnyInRange('a', 'z'))
        {
            var digits = word.AsSpan().IndexOfAnyExceptInRange('0', '9');
            var rest = word[digits..].TrimStart('.', ',', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
            return digits == 0 || !Units.ContainsKey(rest) && rest is not ("x" or "st" or "nd" or "rd" or "th");
        }
        return word.Count(char.IsAsciiDigit) >= 5 && word.AsSpan().ContainsAny('-', '/', '_');
    }

    private static bool IsNumber(string text, Match match)
    {
        var (start, end) = (match.Index, match.Groups["n"].Index + match.Groups["n"].Length);
        if (start > 0 && (char.IsAsciiLetter(text[start - 1])
            || text[start - 1] is '_' or '-' && start > 1 && char.IsAsciiLetterOrDigit(text[start - 2]))) return false; // part of a code
        return match.Groups["u"].Success || match.Groups["m"].Success || end >= text.Length || !char.IsAsciiLetter(text[end]);
    }

    private static string UnitOf(string text, Match match)
    {
        var after = match.Index + match.Length;
        if (match.Groups["u"] is { Success: true } unit
            && (after >= text.Length || !char.IsAsciiLetterOrDigit(text[after]) || !char.IsAsciiLetter(text[after - 1])))
            return Units[unit.Value];
        var from = Math.Max(0, match.Index - 24);
        return UnitBefore.Match(text[from..match.Index]) is { Success: true } before ? Units[before.Groups["u"].Value] : "";
    }

    /// <summary>1,000 is 1000; 3,5 is 3.5; 40.0 is 40.</summary>
    private static string Plain(string number)
    {
        var text = Thousands().IsMatch(number) ? number.Replace(",", "", StringComparison.Ordinal) : number.Replace(',', '.');
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)) return text;
        return value.ToString("0.############", CultureInfo.InvariantCulture);
    }

    private static string UnitPattern() =>
        string.Join('|', TermLexicon.File.Words("units").OrderByDescending(u => u.Length).ThenBy(u => u, StringComparer.Ordinal)
            .Select(Regex.Escape));

    /// <summary>Where a Han character follows a letter or digit: 6204-2RS两个 is no code with a 2 behind it.</summary>
    [GeneratedRegex(@"(?<=[A-Za-z0-9])(?=[\u4e00-\u9fff])", RegexOptions.CultureInvariant)]
    private static partial Regex HanBehindLatin();

    [GeneratedRegex(@"[a-z0-9]+(?:[-_./:][a-z0-9]+)*", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex CodeShape();

    [GeneratedRegex(@"(?<![a-z0-9])([a-z]{1,4}) ([0-9]{1,5})(?![0-9a-z.])", RegexOptions.CultureInvariant)]
    private static partial Regex SpacedCode();

    [GeneratedRegex(@"^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Thousands();
}
