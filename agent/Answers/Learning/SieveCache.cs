using System.Collections.Concurrent;

namespace EdgeAgent.Answers.Learning;

/// <summary>
/// A cache bounded by bytes that evicts what nobody asked for (SIEVE: Zhang et al., NSDI 2024): entries in order of arrival, a
/// visited bit on each, and a hand that moves from the oldest on, clears bits and evicts the first entry without one.
/// <see cref="TryGet"/> takes no lock and may run beside anything; everything else needs one writer at a time.
/// </summary>
internal sealed class SieveCache<TValue>(long capacity, Func<TValue, long> size)
{
    /// <summary>A value never changes within its node, so that a reader sees a whole one.</summary>
    private sealed class Node(string key, TValue value)
    {
        public string Key => key;
        public TValue Value => value;
        public volatile bool IsVisited;
    }

    private readonly ConcurrentDictionary<string, LinkedListNode<Node>> _nodes = new(StringComparer.Ordinal);
    private readonly LinkedList<Node> _order = new(); // newest first
    private LinkedListNode<Node>? _hand;

    public int Count => _nodes.Count;

    public long Bytes { get; private set; }

    /// <summary>All values, newest first. For the writer.</summary>
    public IEnumerable<TValue> Values => _order.Select(n => n.Value);

    public bool TryGet(string key, out TValue value)
    {
        if (!_nodes.TryGetValue(key, out var node))
        {
            value = default!;
            return false;
        }
        var found = node.Value;
        found.IsVisited = true;
        value = found.Value;
        return true;
    }

    /// <summary>Adds or replaces; returns what was evicted. A value larger than the capacity is not taken: it comes back itself.</summary>
    public IReadOnlyList<TValue> Put(string key, TValue value)
    {
        if (size(value) > capacity) return [value];
        if (_nodes.TryGetValue(key, out var known))
        {
            Bytes += size(value) - size(known.Value.Value);
            known.Value = new Node(key, value) { IsVisited = known.Value.IsVisited };
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

    /// <param name="spared">An entry that must stay: the one just replaced.</param>
    private Node? Evict(LinkedListNode<Node>? spared)
    {
        if (_order.First == _order.Last && _order.Last == spared) return null;
        var node = _hand ?? _order.Last;
        // readers set bits meanwhile: after a whole round the next is as good as any
        for (var seen = 0; node is not null && (node == spared || node.Value.IsVisited && seen <= _nodes.Count); seen++)
        {
            node.Value.IsVisited = false;
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
        _nodes.TryRemove(node.Value.Key, out _);
        _order.Remove(node);
    }
}
