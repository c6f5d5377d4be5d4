namespace EdgeAgent.Mqtt;

/// <summary>
/// Reply topics over which the broker ended connections, naming a fault: what is to be sent there is dropped at once, so that a query
/// that is delivered again, or another one of the same asker, does not cost the connection again. Each is forgotten after a while, and
/// the oldest when there are too many. Safe for concurrent use.
/// </summary>
internal sealed class ParkedTopics(TimeProvider clock)
{
    /// <summary>How long a topic is remembered: a broker's rules may change.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    public const int MaxTopics = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _since = new(StringComparer.Ordinal);

    public void Add(string topic)
    {
        lock (_lock)
        {
            if (_since.Count >= MaxTopics && !_since.ContainsKey(topic)) _since.Remove(_since.MinBy(t => t.Value).Key);
            _since[topic] = clock.GetTimestamp();
        }
    }

    public bool Contains(string topic)
    {
        lock (_lock)
        {
            if (!_since.TryGetValue(topic, out var since)) return false;
            if (clock.GetElapsedTime(since) <= Memory) return true;
            _since.Remove(topic);
            return false;
        }
    }
}
