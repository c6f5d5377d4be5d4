namespace EdgeAgent.Privacy.Placeholders;

/// <summary>
/// Conversations that span several queries. Their number is bounded: an idle one is dropped and overwritten with zeros after a
/// while, and the longest idle first when there are too many. One in use is never dropped. Safe for concurrent use.
/// </summary>
internal sealed class Conversations : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly int _maxCount;
    private readonly TimeSpan _idle;
    private readonly TimeProvider _clock;
    private readonly ITimer _sweep;

    private sealed class Entry
    {
        public Conversation Conversation { get; } = new();
        public int Users { get; set; }
        public long LastUsed { get; set; }
    }

    /// <param name="maxCount">Conversations held, unless more are in use.</param>
    /// <param name="idle">Time after which an idle one is dropped.</param>
    public Conversations(int maxCount, TimeSpan idle, TimeProvider clock)
    {
        (_maxCount, _idle, _clock) = (maxCount, idle, clock);
        _sweep = clock.CreateTimer(_ => Sweep(), null, idle / 2, idle / 2);
    }

    /// <summary>Conversations held now.</summary>
    public int Count
    {
        get { lock (_lock) return _entries.Count; }
    }

    /// <summary>Leases the conversation of a key, or a new one.</summary>
    /// <param name="key">Asker and conversation: two askers never share one. Null: a conversation that ends with the lease.</param>
    public Lease Open(string? key)
    {
        if (key is null) return new Lease(new Conversation(), null);
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry))
            {
                if (_entries.Count >= _maxCount) Forget(1);
                _entries[key] = entry = new Entry();
            }
            entry.Users++;
            return new Lease(entry.Conversation, () => Return(entry));
        }
    }

    private void Return(Entry entry)
    {
        lock (_lock)
        {
            entry.Users--;
            entry.LastUsed = _clock.GetTimestamp();
        }
    }

    private void Sweep()
    {
        lock (_lock)
            foreach (var (key, entry) in _entries.Where(e => e.Value.Users == 0 && _clock.GetElapsedTime(e.Value.LastUsed) >= _idle)
                .ToList())
            {
                entry.Conversation.Dispose();
                _entries.Remove(key);
            }
    }

    private void Forget(int count)
    {
        foreach (var (key, entry) in _entries.Where(e => e.Value.Users == 0).OrderBy(e => e.Value.LastUsed).Take(count).ToList())
        {
            entry.Conversation.Dispose();
            _entries.Remove(key);
        }
    }

    public void Dispose()
    {
        _sweep.Dispose();
        lock (_lock)
        {
            foreach (var entry in _entries.Values) entry.Conversation.Dispose();
            _entries.Clear();
        }
    }

    /// <summary>Use of a conversation, until disposed of.</summary>
    public sealed class Lease(Conversation conversation, Action? end) : IDisposable
    {
        private int _ended;

        public Conversation Conversation => conversation;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) != 0) return;
            if (end is null) conversation.Dispose();
            else end();
        }
    }
}
