namespace EdgeAgent.Queries;

/// <summary>What makes two deliveries the same query.</summary>
/// <param name="Key"><see cref="Asker.Key"/>.</param>
/// <param name="Content">Digest of what was asked, of any form.</param>
internal readonly record struct QueryIdentity(string Key, string Content);

/// <summary>What a query with this identity is.</summary>
internal enum Registration
{
    New,

    /// <summary>It is being answered; the delivery is released with it.</summary>
    Running,

    /// <summary>It is being answered, and many deliveries of it wait already; this one is released at once.</summary>
    Surplus,

    Answered,
}

/// <summary>
/// Remembers queries by what was asked under which key (<see cref="QueryIdentity"/>): a duplicate of a running query is not computed
/// again, one of an answered query gets the same reply again, a cancel finds its query. Another question under a known key is a query
/// of its own: terminals count from one again after a restart. Bounded: answered queries are forgotten after a while and when there are too
/// many, oldest first; running ones never.
/// </summary>
/// <param name="capacity">Answered queries to remember.</param>
internal sealed class QueryRegister(int capacity, TimeSpan memory, TimeProvider clock)
{
    private sealed class Entry
    {
        public required string Key { get; init; }
        public CancellationTokenSource? Running { get; set; }
        public QueryReply? Reply { get; set; }
        public bool IsSent { get; set; }
        public long SentAt { get; set; }
        public List<IReplySink> Duplicates { get; } = [];
    }

    private const int MaxDuplicates = 16; // deliveries of one running query that are released with it
    private readonly Dictionary<QueryIdentity, Entry> _entries = [];
    private readonly Dictionary<string, Entry> _latest = new(StringComparer.Ordinal); // running, by key
    private readonly Queue<(QueryIdentity Identity, Entry Entry)> _ended = new();
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
    /// <param name="sink">
    /// Released with the end of the running query where this is a duplicate of it; where too many wait already, by the caller
    /// (<see cref="Registration.Surplus"/>).
    /// </param>
    public (Registration State, QueryReply? Reply) Register(QueryIdentity identity, CancellationTokenSource cancellation, IReplySink sink)
    {
        lock (_lock)
        {
            Forget();
            if (!_entries.TryGetValue(identity, out var entry))
            {
                _latest[identity.Key] = _entries[identity] = new Entry { Key = identity.Key, Running = cancellation };
                return (Registration.New, null);
            }
            if (entry.IsSent) return (Registration.Answered, entry.Reply);
            if (entry.Duplicates.Count >= MaxDuplicates) return (Registration.Surplus, null);
            entry.Duplicates.Add(sink);
            return (Registration.Running, null);
        }
    }

    /// <summary>
    /// Notes the reply. The query cannot be cancelled any more; until the reply has left, duplicates still count as running.
    /// </summary>
    public void End(QueryIdentity identity, QueryReply reply)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(identity, out var entry)) return;
            if (_latest.TryGetValue(entry.Key, out var latest) && latest == entry) _latest.Remove(entry.Key);
            entry.Running = null;
            entry.Reply = reply;
        }
    }

    /// <summary>Notes that the reply has left; returns the duplicates to release with it.</summary>
    public IReadOnlyList<IReplySink> Sent(QueryIdentity identity)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(identity, out var entry)) return [];
            entry.IsSent = true;
            entry.SentAt = clock.GetTimestamp();
            _ended.Enqueue((identity, entry));
            Forget();
            return entry.Duplicates;
        }
    }

    /// <summary>Cancels the latest running query of a key; false when none runs.</summary>
    public bool Cancel(string key)
    {
        CancellationTokenSource? running;
        lock (_lock) running = _latest.TryGetValue(key, out var entry) ? entry.Running : null;
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
            _entries.Remove(oldest.Identity);
        }
    }
}
