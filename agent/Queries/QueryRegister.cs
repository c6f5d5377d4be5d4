namespace EdgeAgent.Queries;

/// <summary>What a query with this key is.</summary>
internal enum Registration { New, Running, Answered }

/// <summary>
/// Remembers queries by key (<see cref="Asker.Key"/>): a duplicate of a running query is not computed again, one of an answered query
/// gets the same reply again, a cancel finds its query. Bounded: answered queries are forgotten after a while and when there are too
/// many, oldest first; running ones never.
/// </summary>
/// <param name="capacity">Answered queries to remember.</param>
internal sealed class QueryRegister(int capacity, TimeSpan memory, TimeProvider clock)
{
    private sealed class Entry
    {
        public CancellationTokenSource? Running { get; set; }
        public QueryReply? Reply { get; set; }
        public bool IsSent { get; set; }
        public long SentAt { get; set; }
        public List<IReplySink> Duplicates { get; } = [];
    }

    private const int MaxDuplicates = 16; // deliveries of one running query that are released with it; more are dropped
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, Entry Entry)> _ended = new();
    private readonly Lock _lock = new();

    /// <summary>Queries that have no sent reply yet.</summary>
    public int Running
    {
        get
        {
            lock (_lock) return _entries.Count - _ended.Count;
        }
    }

    /// <summary>Registers a delivery. For <see cref="Registration.Answered"/> the reply to repeat is returned.</summary>
    /// <param name="sink">Released with the end of the running query where this is a duplicate of it.</param>
    public (Registration State, QueryReply? Reply) Register(string key, CancellationTokenSource cancellation, IReplySink sink)
    {
        lock (_lock)
        {
            Forget();
            if (!_entries.TryGetValue(key, out var entry))
            {
                _entries[key] = new Entry { Running = cancellation };
                return (Registration.New, null);
            }
            if (entry.IsSent) return (Registration.Answered, entry.Reply);
            if (entry.Duplicates.Count < MaxDuplicates) entry.Duplicates.Add(sink);
            return (Registration.Running, null);
        }
    }

    /// <summary>
    /// Notes the reply. The query cannot be cancelled any more; until the reply has left, duplicates still count as running.
    /// </summary>
    public void End(string key, QueryReply reply)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry)) return;
            entry.Running = null;
            entry.Reply = reply;
        }
    }

    /// <summary>Notes that the reply has left; returns the duplicates to release with it.</summary>
    public IReadOnlyList<IReplySink> Sent(string key)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry)) return [];
            entry.IsSent = true;
            entry.SentAt = clock.GetTimestamp();
            _ended.Enqueue((key, entry));
            Forget();
            return entry.Duplicates;
        }
    }

    /// <summary>Cancels a running query; false when none with this key runs.</summary>
    public bool Cancel(string key)
    {
        CancellationTokenSource? running;
        lock (_lock) running = _entries.TryGetValue(key, out var entry) ? entry.Running : null;
        if (running is null) return false;
        try
        {
            running.Cancel();
            return true;
        }
        catch (ObjectDisposedException) // it ended between the lookup and the call
        {
            return false;
        }
    }

    private void Forget()
    {
        while (_ended.TryPeek(out var oldest)
            && (_ended.Count > capacity || clock.GetElapsedTime(oldest.Entry.SentAt) > memory))
        {
            _ended.Dequeue();
            _entries.Remove(oldest.Key);
        }
    }
}
