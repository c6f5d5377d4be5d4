namespace EdgeAgent.Mqtt;

/// <summary>
/// The ids of the latest messages: QoS 1 may deliver a message again (MQTT 5, section 4.3.2), and the device sends one again under its
/// id when it does not know that the broker has it. The oldest is forgotten first. Safe for concurrent use.
/// </summary>
internal sealed class RecentIds
{
    public const int Capacity = 16_384;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <summary>
    /// Whether a message came before. Retained messages never did: each subscription gets them. Neither did those without an id.
    /// </summary>
    public bool IsAgain(InboundMessage message)
    {
        if (message.Id is not { } id || message.Retained) return false;
        lock (_lock)
        {
            if (!_ids.Add(id)) return true;
            _order.Enqueue(id);
            if (_order.Count > Capacity) _ids.Remove(_order.Dequeue());
            return false;
        }
    }
}
