namespace EdgeAgent.Answers.Learning;

/// <summary>A set that keeps the last keys added to it. Not safe for concurrent use.</summary>
internal sealed class RecentKeys(int capacity)
{
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public bool Contains(string key) => _keys.Contains(key);

    /// <summary>Whether the key is new; one that is known keeps its place.</summary>
    public bool Add(string key)
    {
        if (!_keys.Add(key)) return false;
        _order.Enqueue(key);
        if (_order.Count > capacity) _keys.Remove(_order.Dequeue());
        return true;
    }
}
