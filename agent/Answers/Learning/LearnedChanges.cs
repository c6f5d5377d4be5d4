namespace EdgeAgent.Answers.Learning;

/// <summary>
/// What has changed in memory and is not yet on disk: entries to save, ids to delete, keys to refuse. Bounded by the capacity of the
/// cache, since an entry that goes before it was saved leaves nothing behind. Not safe for concurrent use.
/// </summary>
internal sealed class LearnedChanges
{
    private readonly Dictionary<string, AnswerEntry> _saved = new(StringComparer.Ordinal);
    private readonly HashSet<string> _deleted = new(StringComparer.Ordinal), _refused = new(StringComparer.Ordinal);

    public IReadOnlyCollection<AnswerEntry> Saved => _saved.Values;

    public IReadOnlyCollection<string> Deleted => _deleted;

    public IReadOnlyCollection<string> Refused => _refused;

    public bool IsEmpty => _saved.Count + _deleted.Count + _refused.Count == 0;

    public bool Saves(string id) => _saved.ContainsKey(id);

    public void Save(AnswerEntry entry)
    {
        _deleted.Remove(entry.Id);
        _saved[entry.Id] = entry;
    }

    public void Delete(string id)
    {
        if (!_saved.Remove(id)) _deleted.Add(id);
    }

    public void Refuse(string key) => _refused.Add(key);

    /// <summary>Puts changes that could not be written before these, which are newer.</summary>
    public void AddOlder(LearnedChanges older)
    {
        foreach (var (id, entry) in older._saved)
            if (!_deleted.Contains(id)) _saved.TryAdd(id, entry);
        foreach (var id in older._deleted)
            if (!_saved.ContainsKey(id)) _deleted.Add(id);
        _refused.UnionWith(older._refused);
    }
}
