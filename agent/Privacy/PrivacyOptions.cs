using EdgeAgent.Platform.Configuration;
using EdgeAgent.Privacy.Patterns;

namespace EdgeAgent.Privacy;

/// <summary>Which personal data is recognized in questions and answers, and what is done with it.</summary>
internal sealed record PrivacyOptions : ICheckedOptions
{
    /// <summary>Desensitizes questions and answers. Switched off, personal data reaches the student and the stored answers.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Looks for persons, places and organisations with the entity models, beside the patterns.</summary>
    public bool Entities { get; init; } = true;

    /// <summary>
    /// Holds every word and number of a streamed answer back until it is complete, so that no part of a personal one is shown. Off, most
    /// of them wait one token, and answers stream more smoothly.
    /// </summary>
    public bool StrictOutput { get; init; }

    /// <summary>
    /// What is done with findings of an entity type, such as <c>EMAIL</c>: <c>Replace</c> (a placeholder that is restored for the
    /// asker), <c>Mask</c> (stars), <c>Drop</c>, <c>Hash</c> (a keyed pseudonym), <c>Encrypt</c> (same shape, keyed) or <c>Keep</c>.
    /// Types not named are replaced.
    /// </summary>
    public IReadOnlyDictionary<string, PrivacyAction> Actions { get; init; } = new Dictionary<string, PrivacyAction>();

    /// <summary>Recognizers of your own beside the built-in ones.</summary>
    [MaxCount(200)]
    public IReadOnlyList<CustomRecognizer> Recognizers { get; init; } = [];

    /// <summary>Built-in recognizers that are switched off, by name.</summary>
    [BuiltinNames]
    public IReadOnlyList<string> Disabled { get; init; } = [];

    /// <summary>Texts that are never findings, whatever their case: product names, street names on signs.</summary>
    public IReadOnlyList<string> Allow { get; init; } = [];

    /// <summary>
    /// Texts that are always findings, whatever their case, under the entity type they count as: names of customers and projects.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Deny { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>
    /// File of secret bytes for the actions <c>Hash</c> and <c>Encrypt</c>. Devices with the same file give the same pseudonyms.
    /// </summary>
    [ExistingFile(MinBytes = PrivacyKey.MinBytes, MaxBytes = PrivacyKey.MaxBytes)]
    public string KeyFile { get; init; } = "";

    /// <summary>
    /// Who gets original values back. The first role that fits the reply topic decides; without a role all values are restored.
    /// </summary>
    public IReadOnlyList<RestoreRole> Roles { get; init; } = [];

    /// <summary>Conversations whose placeholders are remembered between queries; the longest idle is forgotten first.</summary>
    [Unit("conversations"), Range(1, 100_000)]
    public int Conversations { get; init; } = 256;

    /// <summary>How long the placeholders of an idle conversation are remembered.</summary>
    [Duration("ConversationMinutes", DurationUnit.Minutes), Range(1, 1440)]
    public TimeSpan ConversationLifetime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// Allows debuggers and core dumps of the agent's process. A dump holds questions in the clear: switch on only to look for a fault.
    /// </summary>
    public bool AllowDumps { get; init; }

    public IEnumerable<string> Problems(string section)
    {
        if (KeyFile.Length == 0 && Actions.Values.Any(a => a is PrivacyAction.Hash or PrivacyAction.Encrypt))
            yield return $"{section}:KeyFile is needed for the actions Hash and Encrypt, found none";
        foreach (var type in Deny.Keys.Where(t => !EntityTypeAttribute.IsType(t)))
            yield return $"{section}:Deny must be by type of {EntityTypeAttribute.Rule}, found '{type}'";
    }

    /// <summary>Whether values of a type go back to who reads a reply topic.</summary>
    public bool MayRestore(string replyTopic, string type) =>
        Roles.FirstOrDefault(r => r.ReplyPrefixes.Any(p => replyTopic.StartsWith(p, StringComparison.Ordinal))) is not { } role
        || role.Restore.Contains(type, StringComparer.OrdinalIgnoreCase);

    public PrivacyAction ActionOf(string type) => Actions.GetValueOrDefault(type, PrivacyAction.Replace);

    /// <summary>Names of built-in recognizers.</summary>
    private sealed class BuiltinNamesAttribute : OptionRuleAttribute
    {
        private static IEnumerable<string> Names => BuiltinRecognizers.All.Select(b => b.Name);

        public override string Allowed => $"names of {string.Join(", ", Names)}";

        public override bool IsAllowed(object value) => value is IReadOnlyList<string> names && names.All(Names.Contains);

        public override string Found(object value) => $"'{string.Join("', '", ((IReadOnlyList<string>)value).Except(Names))}'";
    }
}
