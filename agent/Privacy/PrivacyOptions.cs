using System.Text.RegularExpressions;
using EdgeAgent.Privacy.Recognizers;

namespace EdgeAgent.Privacy;

/// <summary>What is done with a finding.</summary>
public enum PrivacyAction
{
    /// <summary>A numbered placeholder that is restored for the asker.</summary>
    Replace,

    /// <summary>Stars, one a character but never more than eight: what was there is gone.</summary>
    Mask,

    /// <summary>Taken out.</summary>
    Drop,

    /// <summary>Left as it is.</summary>
    Keep,
}

/// <summary>A deployer's own recognizer: a pattern, with words that must or may stand near it.</summary>
public sealed record CustomRecognizer
{
    public string Name { get; init; } = "";

    /// <summary>Entity type: 1..48 capital letters, digits and underscores, beginning with a letter.</summary>
    public string Type { get; init; } = "";

    /// <summary>A regular expression without look-around and back references; it runs in linear time.</summary>
    public string Pattern { get; init; } = "";

    /// <summary>Score of a bare match, 0..1; below 0.4 it counts only beside a context word.</summary>
    public double Score { get; init; } = 0.6;

    public IReadOnlyList<string> Context { get; init; } = [];

    /// <summary>Name of a check: see <see cref="Checks.ByName"/>; empty for none.</summary>
    public string Check { get; init; } = "";
}

/// <summary>Section <c>Privacy</c>: what is recognized and what is done with it.</summary>
public sealed record PrivacyOptions
{
    public const string Section = "Privacy";

    /// <summary>Whether questions and answers are desensitized.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Whether the entity models look for persons, places and organisations.</summary>
    public bool Entities { get; init; } = true;

    /// <summary>Actions by entity type; types not named here are replaced.</summary>
    public IReadOnlyDictionary<string, string> Actions { get; init; } = new Dictionary<string, string>();

    /// <summary>Recognizers beside the built-in ones, at most 200.</summary>
    public IReadOnlyList<CustomRecognizer> Recognizers { get; init; } = [];

    /// <summary>Built-in recognizers that are switched off, by name.</summary>
    public IReadOnlyList<string> Disabled { get; init; } = [];

    /// <summary>Texts that are never findings, compared without case: product names, street names on signs.</summary>
    public IReadOnlyList<string> Allow { get; init; } = [];

    /// <summary>Texts that always are, by entity type: names of customers and projects.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Deny { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    private const int MostRecognizers = 200, LongestPattern = 1000;

    public IEnumerable<string> Problems()
    {
        foreach (var (type, action) in Actions)
            if (!Enum.TryParse<PrivacyAction>(action, ignoreCase: true, out var parsed) || !Enum.IsDefined(parsed) || int.TryParse(action, out _)) yield return $"{Section}:Actions:{type} must be one of {string.Join(", ", Enum.GetNames<PrivacyAction>())}, found '{action}'";
        if (Recognizers.Count > MostRecognizers) yield return $"{Section}:Recognizers must be at most {MostRecognizers}, found {Recognizers.Count}";
        for (var i = 0; i < Recognizers.Count; i++)
        {
            var r = Recognizers[i];
            var key = $"{Section}:Recognizers:{i}";
            if (r.Name.Length is 0 or > 64) yield return $"{key}:Name must have 1..64 characters, found '{r.Name}'";
            if (!IsType(r.Type)) yield return $"{key}:Type must be 1..48 capital letters, digits and underscores, found '{r.Type}'";
            if (!(r.Score is > 0 and <= 1)) yield return $"{key}:Score must be above 0 and at most 1, found {r.Score}";
            if (r.Check.Length > 0 && !Checks.ByName.ContainsKey(r.Check)) yield return $"{key}:Check must be one of {string.Join(", ", Checks.ByName.Keys)}, found '{r.Check}'";
            if (PatternProblem(r.Pattern) is { } problem) yield return $"{key}:Pattern {problem}";
        }
        foreach (var name in Disabled)
            if (BuiltinRecognizers.All.All(b => b.Name != name)) yield return $"{Section}:Disabled names no recognizer: '{name}'; there are {string.Join(", ", BuiltinRecognizers.All.Select(b => b.Name))}";
        foreach (var type in Deny.Keys)
            if (!IsType(type)) yield return $"{Section}:Deny must be by type of 1..48 capital letters, digits and underscores, found '{type}'";
    }

    private static string? PatternProblem(string pattern)
    {
        if (pattern.Length is 0 or > LongestPattern) return $"must have 1..{LongestPattern} characters, found {pattern.Length}";
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking).IsMatch("") ? "must not match an empty text" : null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return $"must be a regular expression without look-around and back references: {e.Message}";
        }
    }

    private static bool IsType(string type) => type.Length is > 0 and <= 48 && char.IsAsciiLetterUpper(type[0]) && type.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_');

    public PrivacyAction ActionOf(string type) => Actions.TryGetValue(type, out var action) ? Enum.Parse<PrivacyAction>(action, ignoreCase: true) : PrivacyAction.Replace;
}
