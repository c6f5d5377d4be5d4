using System.Text.RegularExpressions;
using EdgeAgent.Privacy.Patterns;

namespace EdgeAgent.Privacy;

/// <summary>What is done with a finding.</summary>
internal enum PrivacyAction
{
    /// <summary>A numbered placeholder that is restored for the asker.</summary>
    Replace,

    /// <summary>Stars, one a character but never more than eight. Not reversible.</summary>
    Mask,

    /// <summary>Removed.</summary>
    Drop,

    /// <summary>A keyed pseudonym such as PERSON#3f9a1c07d2e4, the same on every device with the key. Not reversible.</summary>
    Hash,

    /// <summary>
    /// Encrypted to other digits and letters of the same form (FF1), reversible with the key. Values too short for that are replaced.
    /// </summary>
    Encrypt,

    /// <summary>Left as it is.</summary>
    Keep,
}

/// <summary>A deployer's own recognizer: a pattern, with words that must or may stand near it.</summary>
internal sealed record CustomRecognizer
{
    public string Name { get; init; } = "";

    /// <summary>Entity type: 1..48 capital letters, digits and underscores, beginning with a letter.</summary>
    public string Type { get; init; } = "";

    /// <summary>A regular expression without look-around and back references; it runs in linear time.</summary>
    public string Pattern { get; init; } = "";

    /// <summary>Score of a match without context words, above 0 and at most 1; below 0.4 it counts only near a context word.</summary>
    public double Score { get; init; } = 0.6;

    /// <summary>Words that raise the score by 0.35 where they stand up to 24 characters before or 12 behind a match.</summary>
    public IReadOnlyList<string> Context { get; init; } = [];

    /// <summary>Name of a check (<see cref="Checks.ByName"/>); empty for none.</summary>
    public string Check { get; init; } = "";
}

/// <summary>
/// Which original values are restored for whom. The broker's access rules say who can read a reply topic, and so who has the role.
/// </summary>
internal sealed record RestoreRole
{
    /// <summary>For the operator's own use.</summary>
    public string Name { get; init; } = "";

    /// <summary>Prefixes of the reply topics of this role, without wildcards.</summary>
    public IReadOnlyList<string> ReplyPrefixes { get; init; } = [];

    /// <summary>Types whose values are restored; others stay placeholders. Empty: none.</summary>
    public IReadOnlyList<string> Restore { get; init; } = [];
}

/// <summary>Section <c>Privacy</c>: what is recognized and what is done with it.</summary>
internal sealed record PrivacyOptions
{
    public const string Section = "Privacy";

    /// <summary>Whether questions and answers are desensitized.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Whether the entity models look for persons, places and organisations.</summary>
    public bool Entities { get; init; } = true;

    /// <summary>
    /// Whether streamed answers wait for the end of every word and number, so that no part of a personal value is shown; otherwise
    /// most tokens wait for the next one.
    /// </summary>
    public bool StrictOutput { get; init; }

    /// <summary>Actions by entity type; types not named here are replaced.</summary>
    public IReadOnlyDictionary<string, string> Actions { get; init; } = new Dictionary<string, string>();

    /// <summary>The deployer's own recognizers, at most 200.</summary>
    public IReadOnlyList<CustomRecognizer> Recognizers { get; init; } = [];

    /// <summary>Built-in recognizers that are switched off, by name.</summary>
    public IReadOnlyList<string> Disabled { get; init; } = [];

    /// <summary>Texts that are never findings, compared without case: product names, street names on signs.</summary>
    public IReadOnlyList<string> Allow { get; init; } = [];

    /// <summary>Texts that are always findings, by entity type, compared without case: names of customers and projects.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Deny { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>A file of 16..4096 secret bytes; the actions hash and encrypt need it.</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>The first role with a prefix of the reply topic decides what is restored; without a role all values are.</summary>
    public IReadOnlyList<RestoreRole> Roles { get; init; } = [];

    /// <summary>Conversations whose placeholders are kept between queries, 1..100,000; the longest idle is dropped first.</summary>
    public int Conversations { get; init; } = 256;

    /// <summary>Minutes after which an idle conversation is dropped, 1..1440.</summary>
    public int ConversationMinutes { get; init; } = 30;

    /// <summary>Whether the process's memory may be dumped and debugged. A dump holds questions in plain text.</summary>
    public bool AllowDumps { get; init; }

    private const int MaxRecognizers = 200, MaxPattern = 1000;

    public IEnumerable<string> Problems()
    {
        foreach (var (type, action) in Actions)
            if (!Enum.TryParse<PrivacyAction>(action, ignoreCase: true, out var parsed) || !Enum.IsDefined(parsed)
                || int.TryParse(action, out _))
                yield return $"{Section}:Actions:{type} must be one of {string.Join(", ", Enum.GetNames<PrivacyAction>())}, found " +
                    $"'{action}'";
        if (KeyFile.Length == 0
            && Actions.Any(a =>
                a.Value.Equals(nameof(PrivacyAction.Hash), StringComparison.OrdinalIgnoreCase)
                || a.Value.Equals(nameof(PrivacyAction.Encrypt), StringComparison.OrdinalIgnoreCase)))
            yield return $"{Section}:{nameof(KeyFile)} is needed for the actions hash and encrypt, found none";
        if (KeyFile.Length > 0 && (!File.Exists(KeyFile) || new FileInfo(KeyFile).Length is < PrivacyKey.MinBytes or > PrivacyKey.MaxBytes))
            yield return $"{Section}:{nameof(KeyFile)} must be an existing file of {PrivacyKey.MinBytes}..{PrivacyKey.MaxBytes} bytes, " +
                $"found '{KeyFile}'";
        if (Conversations is < 1 or > 100_000) yield return $"{Section}:{nameof(Conversations)} must be 1..100000, found {Conversations}";
        if (ConversationMinutes is < 1 or > 1440)
            yield return $"{Section}:{nameof(ConversationMinutes)} must be 1..1440, found {ConversationMinutes}";
        for (var i = 0; i < Roles.Count; i++)
            if (Roles[i].ReplyPrefixes.Count == 0 || Roles[i].ReplyPrefixes.Any(p => p.Length == 0 || p.AsSpan().IndexOfAny('+', '#') >= 0))
                yield return $"{Section}:{nameof(Roles)}:{i}:{nameof(RestoreRole.ReplyPrefixes)} must be topic prefixes without " +
                    $"wildcards, found '{string.Join("', '", Roles[i].ReplyPrefixes)}'";
        if (Recognizers.Count > MaxRecognizers)
            yield return $"{Section}:Recognizers must be at most {MaxRecognizers}, found {Recognizers.Count}";
        for (var i = 0; i < Recognizers.Count; i++)
        {
            var r = Recognizers[i];
            var key = $"{Section}:Recognizers:{i}";
            if (r.Name.Length is 0 or > 64) yield return $"{key}:Name must have 1..64 characters, found '{r.Name}'";
            if (!IsType(r.Type)) yield return $"{key}:Type must be 1..48 capital letters, digits and underscores, found '{r.Type}'";
            if (!(r.Score is > 0 and <= 1)) yield return $"{key}:Score must be above 0 and at most 1, found {r.Score}";
            if (r.Check.Length > 0 && !Checks.ByName.ContainsKey(r.Check))
                yield return $"{key}:Check must be one of {string.Join(", ", Checks.ByName.Keys)}, found '{r.Check}'";
            if (PatternProblem(r.Pattern) is { } problem) yield return $"{key}:Pattern {problem}";
        }
        foreach (var name in Disabled)
            if (BuiltinRecognizers.All.All(b => b.Name != name))
                yield return $"{Section}:Disabled names no recognizer: '{name}'; there are " +
                    $"{string.Join(", ", BuiltinRecognizers.All.Select(b => b.Name))}";
        foreach (var type in Deny.Keys)
            if (!IsType(type))
                yield return $"{Section}:Deny must be by type of 1..48 capital letters, digits and underscores, found '{type}'";
    }

    private static string? PatternProblem(string pattern)
    {
        if (pattern.Length is 0 or > MaxPattern) return $"must have 1..{MaxPattern} characters, found {pattern.Length}";
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking).IsMatch("") ? "must not match an empty text" : null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return $"must be a regular expression without look-around and back references: {e.Message}";
        }
    }

    private static bool IsType(string type) =>
        type.Length is > 0 and <= 48 && char.IsAsciiLetterUpper(type[0])
        && type.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_');

    /// <summary>Whether values of a type are restored in answers on a reply topic.</summary>
    public bool MayRestore(string replyTopic, string type) =>
        Roles.FirstOrDefault(r => r.ReplyPrefixes.Any(p => replyTopic.StartsWith(p, StringComparison.Ordinal))) is not { } role
        || role.Restore.Contains(type, StringComparer.OrdinalIgnoreCase);

    public PrivacyAction ActionOf(string type) =>
        Actions.TryGetValue(type, out var action) ? Enum.Parse<PrivacyAction>(action, ignoreCase: true) : PrivacyAction.Replace;
}
