namespace EdgeAgent.Queries;

/// <summary>Who asked.</summary>
/// <param name="Channel">
/// The asker's own way back, such as its reply topic: decides which personal data is restored for it, and keeps its conversations
/// apart from others'.
/// </param>
/// <param name="Key">The asker's name for its query; a cancel gives it. With the same content, a second delivery is the same query.</param>
/// <param name="RequestId">The asker's own id of the query, repeated in the reply; null without one.</param>
internal sealed record Asker(string Channel, string Key, string? RequestId)
{
    /// <summary>The client behind the channel: clients take turns where queries wait. Never leaves memory.</summary>
    public string Client { get; init; } = Channel;

    /// <summary>Whom the answer reaches, as rights on documents name people; null for somebody unknown.</summary>
    public string? Reader { get; init; }
}
