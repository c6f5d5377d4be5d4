using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Privacy;

/// <summary>
/// Who may see which original values in answers. The broker's access rules decide who can read a reply topic, and so who has the role.
/// </summary>
internal sealed record RestoreRole
{
    /// <summary>Name of the role, for the reader of the file.</summary>
    public string Name { get; init; } = "";

    /// <summary>Prefixes of the reply topics of this role.</summary>
    [TopicPrefixes]
    public IReadOnlyList<string> ReplyPrefixes { get; init; } = [];

    /// <summary>Entity types whose values are restored; others stay placeholders. Empty: none is restored.</summary>
    public IReadOnlyList<string> Restore { get; init; } = [];
}
