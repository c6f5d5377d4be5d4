namespace EdgeAgent.Mqtt;

/// <summary>
/// Where an outbox keeps its messages over a restart. Called under the outbox's lock: returns at once and does not throw.
/// </summary>
internal interface IOutboxStore
{
    /// <summary>What an earlier process left, in order.</summary>
    IReadOnlyList<(long Number, OutboundMessage Message)> Load();

    /// <param name="number">Grows with every message.</param>
    void Add(long number, OutboundMessage message);

    /// <summary>The message was sent, dropped or replaced.</summary>
    void Remove(long number);
}
