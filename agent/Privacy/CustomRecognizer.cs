using System.Text.RegularExpressions;
using EdgeAgent.Platform.Configuration;
using EdgeAgent.Privacy.Patterns;

namespace EdgeAgent.Privacy;

/// <summary>A deployer's own recognizer: a pattern, and words that must or may stand near what it matches.</summary>
internal sealed record CustomRecognizer : ICheckedOptions
{
    private const int MaxPattern = 1000;

    /// <summary>Name of the recognizer in messages.</summary>
    [Length(1, 64)]
    public string Name { get; init; } = "";

    /// <summary>Entity type of what it finds, such as ORDER; begins with a letter.</summary>
    [EntityType]
    public string Type { get; init; } = "";

    /// <summary>
    /// Regular expression of 1..1000 characters without look-around and back references, which runs in linear time. It must not match
    /// an empty text.
    /// </summary>
    public string Pattern { get; init; } = "";

    /// <summary>Confidence of a match without a context word. Below 0.4 a match counts only beside a context word.</summary>
    [Unit("score"), Range(0, 1, IsMinExcluded = true)]
    public double Score { get; init; } = 0.6;

    /// <summary>Words that raise the confidence by 0.35 where they stand up to 24 characters before or 12 behind a match.</summary>
    public IReadOnlyList<string> Context { get; init; } = [];

    /// <summary>Name of a built-in check that a match must pass, such as a checksum. Empty: none.</summary>
    [CheckName]
    public string Check { get; init; } = "";

    public IEnumerable<string> Problems(string section) => PatternProblem() is { } problem ? [$"{section}:Pattern {problem}"] : [];

    private string? PatternProblem()
    {
        if (Pattern.Length is 0 or > MaxPattern) return $"must have 1..{MaxPattern} characters, found {Pattern.Length}";
        try
        {
            return new Regex(Pattern, RegexOptions.NonBacktracking).IsMatch("") ? "must not match an empty text" : null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return $"must be a regular expression without look-around and back references: {e.Message}";
        }
    }

    /// <summary>The name of a built-in check; an empty text means none.</summary>
    private sealed class CheckNameAttribute : OptionRuleAttribute
    {
        public override string Allowed => $"one of {string.Join(", ", Checks.ByName.Keys)}";

        public override bool IsAllowed(object value) => value is string name && (name.Length == 0 || Checks.ByName.ContainsKey(name));
    }
}
