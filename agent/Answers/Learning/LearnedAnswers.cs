namespace EdgeAgent.Answers.Learning;

/// <summary>
/// The answers of the student that may be given again, in memory: what is learned, refused and evicted, and what of it is not yet on
/// disk. Memory decides; the disk follows. <see cref="Find"/> takes no lock, and the lock of the other members is never held over the
/// disk. Safe for concurrent use.
/// </summary>
internal sealed class LearnedAnswers
{
    /// <summary>Questions remembered that were asked once, and questions remembered whose answers were rated bad.</summary>
    internal const int MaxAsked = 10_000, MaxRefused = 10_000;

    /// <summary>Bytes of an entry beside its answer's two bytes a character.</summary>
    private const int EntryBytes = 200;

    private readonly Lock _lock = new();
    private readonly SieveCache<AnswerEntry> _answers; // by key
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal); // entry id -> key
    private readonly RecentKeys _asked = new(MaxAsked), _refused = new(MaxRefused);
    private LearnedChanges _changes = new();
    private volatile string? _model;

    /// <param name="capacity">Bytes.</param>
    /// <param name="known">Learned entries on disk, the oldest first.</param>
    /// <param name="refused">Keys of questions whose answers were rated bad, the oldest first.</param>
    public LearnedAnswers(long capacity, IEnumerable<AnswerEntry> known, IEnumerable<string> refused)
    {
        _answers = new SieveCache<AnswerEntry>(capacity, e => 2L * e.Answer.Length + EntryBytes);
        foreach (var key in refused) _refused.Add(key);
        foreach (var entry in known)
            if (entry.Key is null || _refused.Contains(entry.Key) || !Put(entry.Key, entry)) _changes.Delete(entry.Id);
    }

    public int Count => _answers.Count;

    /// <summary>The answer of the student that serves; null where there is none.</summary>
    /// <param name="key">The question's hash.</param>
    public AnswerEntry? Find(string key) => _answers.TryGet(key, out var entry) && entry.Model == _model ? entry : null;

    /// <summary>The student that serves from now on: the answers of others are dropped.</summary>
    /// <param name="model">Its digest.</param>
    public void Serve(string model)
    {
        lock (_lock)
        {
            if (_model == model) return;
            _model = model;
            Drop(e => e.Model != model);
        }
    }

    /// <summary>
    /// Keeps an answer from the second time on that its question is asked: what was asked once may be about somebody.
    /// </summary>
    /// <returns>Why it is not kept; null where it is.</returns>
    public string? Add(AnswerEntry entry, DateTimeOffset now)
    {
        var key = entry.Key!;
        lock (_lock)
        {
            if (entry.Model != _model) return "another student's";
            if (_refused.Contains(key)) return "rated bad";
            if (_answers.TryGet(key, out var known) && known.ValidUntil > now) return "known";
            if (_asked.Add(key)) return "asked for the first time";
            if (!Put(key, entry)) return "too long";
            _changes.Save(entry);
            return null;
        }
    }

    /// <summary>Drops an entry for good: nothing more is learned for its question.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Refuse(string id)
    {
        lock (_lock)
        {
            if (!_keys.TryGetValue(id, out var key)) return false;
            _refused.Add(key);
            _changes.Refuse(key);
            Drop(id);
            return true;
        }
    }

    /// <summary>Drops the entries that fit; returns their ids.</summary>
    public IReadOnlyList<string> Drop(Func<AnswerEntry, bool> fits)
    {
        lock (_lock)
        {
            List<string> dropped = [.. _answers.Values.Where(fits).Select(e => e.Id)];
            foreach (var id in dropped) Drop(id);
            return dropped;
        }
    }

    /// <summary>Drops what is neither on disk nor waiting to be saved: another process has deleted it.</summary>
    /// <param name="onDisk">Ids.</param>
    public void KeepOnly(IReadOnlySet<string> onDisk)
    {
        lock (_lock)
            foreach (var id in _keys.Keys.Where(id => !onDisk.Contains(id) && !_changes.Saves(id)).ToList()) Drop(id);
    }

    /// <summary>What is not yet on disk; from now on the caller's to write.</summary>
    public LearnedChanges TakeChanges()
    {
        lock (_lock)
        {
            var changes = _changes;
            _changes = new LearnedChanges();
            return changes;
        }
    }

    /// <summary>Takes changes back that could not be written.</summary>
    public void ReturnChanges(LearnedChanges changes)
    {
        lock (_lock) _changes.AddOlder(changes);
    }

    private bool Put(string key, AnswerEntry entry)
    {
        if (_keys.TryGetValue(entry.Id, out var other) && other != key) Drop(entry.Id);
        _answers.TryGet(key, out var replaced);
        var evicted = _answers.Put(key, entry);
        if (evicted is [var same] && same == entry) return false;
        foreach (var gone in evicted) Forget(gone.Id);
        if (replaced is not null && replaced.Id != entry.Id) Forget(replaced.Id);
        _keys[entry.Id] = key;
        return true;
    }

    private void Drop(string id)
    {
        _answers.Remove(_keys[id]);
        Forget(id);
    }

    private void Forget(string id)
    {
        _keys.Remove(id);
        _changes.Delete(id);
    }
}
