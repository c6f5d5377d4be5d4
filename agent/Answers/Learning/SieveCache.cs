namespace EdgeAgent.Answers.Learning;

/// <summary>
/// A cache bounded by bytes that forgets what nobody asked for (SIEVE: Zhang et al., NSDI 2024): entries in order of arrival, a
/// mark on each that was asked for, and a hand that goes from the oldest on, takes marks away and evicts the first without one.
/// Not safe for concurrent use.
/// </summary>
internal sealed class SieveCache<TValue>(long capacity, Func<TValue, long> size)
{
    private sealed class Node(string key, TValue value)
    {
        public string Key => key;
        public TValue Value { get; set; } = value;
        public bool WasAsked { get; set; }
    }

    private readonly Dictionary<string, LinkedListNode<Node>> _nodes = new(StringComparer.Ordinal);
    private readonly LinkedList<Node> _order = new(); // newest first
    private LinkedListNode<Node>? _hand;

    public int Count => _nodes.Count;

    public long Bytes { get; private set; }

    public IEnumerable<TValue> Values => _order.Select(n => n.Value);

    public bool TryGet(string key, out TValue value)
    {
        if (!_nodes.TryGetValue(key, out var node))
        {
            value = default!;
            return false;
        }
        node.Value.WasAsked = true;
        value = node.Value.Value;
        return true;
    }

    /// <summary>Adds or replaces; returns what had to go. A value larger than everything is not taken: it comes back itself.</summary>
    public IReadOnlyList<TValue> Put(string key, TValue value)
    {
        if (size(value) > capacity) return [value];
        if (_nodes.TryGetValue(key, out var known))
        {
            Bytes += size(value) - size(known.Value.Value);
            known.Value.Value = value;
        }
        var evicted = new List<TValue>();
        while (Bytes + (known is null ? size(value) : 0) > capacity && Evict(known) is { } gone) evicted.Add(gone.Value);
        if (known is not null) return evicted;
        _nodes[key] = _order.AddFirst(new Node(key, value));
        Bytes += size(value);
        return evicted;
    }

    public bool Remove(string key)
    {
        if (!_nodes.TryGetValue(key, out var node)) return false;
        Unlink(node);
        return true;
    }

    private Node? Evict(LinkedListNode<Node>? spared)
    {
        var node = _hand ?? _order.Last;
        for (var seen = 0; node is not null && (node.Value.WasAsked || node == spared); seen++)
        {
            if (seen > 2 * _nodes.Count) return null;
            node.Value.WasAsked = false;
            node = node.Previous ?? _order.Last;
        }
        if (node is null) return null;
        _hand = node.Previous;
        var gone = node.Value;
        Unlink(node);
        return gone;
    }

    private void Unlink(LinkedListNode<Node> node)
    {
        if (_hand == node) _hand = node.Previous;
        Bytes -= size(node.Value.Value);
        _nodes.Remove(node.Value.Key);
        _order.Remove(node);
    }
}
