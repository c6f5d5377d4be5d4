namespace EdgeAgent.Mqtt.Broker;

/// <summary>
/// What waits for each client: messages that were queued for it and that it has not acknowledged. Bounded for one client and for all;
/// what would go beyond is not queued. Safe for concurrent use.
/// </summary>
internal sealed class QueueLedger(EmbeddedBrokerOptions options)
{
    private sealed class Waiting
    {
        public int Messages;
        public long Bytes;
    }

    private const long Megabyte = 1 << 20;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Waiting> _clients = new(StringComparer.Ordinal);
    private long _total;

    /// <summary>What waits for all clients, bytes.</summary>
    public long TotalBytes
    {
        get
        {
            lock (_lock) return _total;
        }
    }

    public int MessagesOf(string clientId)
    {
        lock (_lock) return _clients.GetValueOrDefault(clientId)?.Messages ?? 0;
    }

    /// <summary>Counts a message for a client; false where it must not be queued.</summary>
    public bool TryAdd(string clientId, long bytes)
    {
        lock (_lock)
        {
            var waiting = _clients.GetValueOrDefault(clientId) ?? new Waiting();
            if (waiting.Messages >= options.QueuedMessages || waiting.Bytes + bytes > options.QueuedMegabytes * Megabyte
                || _total + bytes > options.TotalQueuedMegabytes * Megabyte) return false;
            _clients[clientId] = waiting;
            waiting.Messages++;
            waiting.Bytes += bytes;
            _total += bytes;
            return true;
        }
    }

    /// <summary>The client has it, or never will.</summary>
    public void Remove(string clientId, long bytes)
    {
        lock (_lock)
        {
            if (!_clients.TryGetValue(clientId, out var waiting)) return;
            var counted = Math.Min(bytes, waiting.Bytes);
            waiting.Bytes -= counted;
            _total -= counted;
            if (--waiting.Messages <= 0) Drop(clientId, waiting);
        }
    }

    /// <summary>The client has nothing that waits, or is gone.</summary>
    public void Clear(string clientId)
    {
        lock (_lock)
            if (_clients.TryGetValue(clientId, out var waiting)) Drop(clientId, waiting);
    }

    private void Drop(string clientId, Waiting waiting)
    {
        _total -= waiting.Bytes;
        _clients.Remove(clientId);
    }
}

/// <summary>What the broker retains: bounded in number and size. Safe for concurrent use.</summary>
internal sealed class RetainedLedger(int maxMessages, long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _sizes = new(StringComparer.Ordinal);
    private long _total;

    public (int Messages, long Bytes) Size
    {
        get
        {
            lock (_lock) return (_sizes.Count, _total);
        }
    }

    /// <summary>A message replaces the one of its topic; false where there is no room.</summary>
    /// <param name="bytes">Zero clears the topic.</param>
    public bool TryPut(string topic, long bytes)
    {
        lock (_lock)
        {
            var isThere = _sizes.TryGetValue(topic, out var before);
            if (bytes > 0 && (!isThere && _sizes.Count >= maxMessages || _total - before + bytes > maxBytes)) return false;
            _total += bytes - before;
            if (bytes == 0) _sizes.Remove(topic);
            else _sizes[topic] = bytes;
            return true;
        }
    }
}
