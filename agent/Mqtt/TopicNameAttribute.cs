using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Mqtt;

/// <summary>A name that can stand in a topic.</summary>
internal sealed class TopicNameAttribute : OptionRuleAttribute
{
    /// <summary>A name that has a meaning of its own and cannot be given.</summary>
    public string? Except { get; init; }

    /// <summary>An empty text is allowed and means none.</summary>
    public bool IsOptional { get; init; }

    public override string Allowed => $"1..64 of A-Z a-z 0-9 . _ -{(Except is null ? "" : $" and not '{Except}'")}";

    public override bool IsAllowed(object value) =>
        value is string name && (Topics.IsName(name) && name != Except || IsOptional && name.Length == 0);
}
