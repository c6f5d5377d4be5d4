using EdgeAgent.Platform;

namespace EdgeAgent.Inference.Engine;

/// <summary>What the prefix cache holds and has done since the start.</summary>
/// <param name="Bytes">Bytes held.</param>
/// <param name="Hits">Prompts that began with something it held.</param>
/// <param name="Misses">Prompts of at least one block that did not.</param>
/// <param name="SavedTokens">Prompt tokens that were not run.</param>
internal readonly record struct PrefixCounts(long Bytes, int Blocks, long Hits, long Misses, long SavedTokens);

/// <summary>
/// The keys and values of prompt prefixes, in blocks, bounded in bytes; the block that was not used for longest goes first. A block is
/// served to the client that caused it at once, and to every client of its domain after a second one has sent the same: how fast an answer
/// comes tells nobody what one other client asked. Safe for concurrent use, except that a block's bytes are valid until the next
/// <see cref="Add"/>.
/// </summary>
internal sealed class PrefixCache(long maxBytes, int blockBytes) : IDisposable
{
    /// <summary>Tokens of a block.</summary>
    public const int BlockTokens = 32;

    private readonly Lock _lock = new();
    private readonly Dictionary<PrefixKey, LinkedListNode<Block>> _blocks = [];
    private readonly LinkedList<Block> _byUse = new(); // latest first
    private long _bytes, _hits, _misses, _saved;
    private bool _isDisposed;

    private sealed class Block(PrefixKey key, string client, NativeBuffer data)
    {
        public PrefixKey Key => key;
        public string Client => client;
        public NativeBuffer Data => data;
        public bool IsShared { get; set; }
    }

    /// <summary>Bytes of a block's keys and values.</summary>
    public int BlockBytes => blockBytes;

    public PrefixCounts Counts
    {
        get { lock (_lock) return new PrefixCounts(_bytes, _blocks.Count, _hits, _misses, _saved); }
    }

    /// <summary>How many blocks from the first on the client may be served.</summary>
    public int Match(ReadOnlySpan<PrefixKey> keys, string client)
    {
        lock (_lock)
        {
            var count = 0;
            while (count < keys.Length && Find(keys[count], client) is not null) count++;
            return count;
        }
    }

    /// <summary>Counts a prompt whose first blocks are used, and marks them used; the first one last, so that it goes last.</summary>
    public void Use(ReadOnlySpan<PrefixKey> keys, int count)
    {
        if (keys.Length == 0) return;
        lock (_lock)
        {
            if (count > 0) _hits++;
            else _misses++;
            _saved += (long)count * BlockTokens;
            Touch(keys[..count]);
        }
    }

    /// <summary>A block's bytes; empty where it is gone.</summary>
    public ReadOnlySpan<byte> Data(PrefixKey key, string client)
    {
        lock (_lock) return Find(key, client) is { } block ? block.Data.Span<byte>(0, blockBytes) : [];
    }

    /// <summary>
    /// Keeps a block that a client's prompt has caused; one that is held already becomes everybody's where another client caused it.
    /// </summary>
    /// <param name="fill">Writes the block's bytes.</param>
    /// <param name="isShared">Whether every client may be served it from the start.</param>
    public void Add(PrefixKey key, string client, FillBlock fill, bool isShared = false)
    {
        lock (_lock)
        {
            if (_blocks.TryGetValue(key, out var held))
            {
                held.Value.IsShared |= isShared || held.Value.Client != client;
                return;
            }
            if (blockBytes > maxBytes || _isDisposed) return;
            while (_bytes + blockBytes > maxBytes) Drop(_byUse.Last!);
            var data = new NativeBuffer(blockBytes);
            fill(data.Span<byte>(0, blockBytes));
            _blocks[key] = _byUse.AddFirst(new Block(key, client, data) { IsShared = isShared });
            _bytes += blockBytes;
        }
    }

    /// <summary>Marks blocks used; the first one last, so that it goes last.</summary>
    public void Touch(ReadOnlySpan<PrefixKey> keys)
    {
        lock (_lock)
            for (var i = keys.Length - 1; i >= 0; i--)
            {
                if (!_blocks.TryGetValue(keys[i], out var node)) continue;
                _byUse.Remove(node);
                _byUse.AddFirst(node);
            }
    }

    /// <summary>Visits the blocks that every client may be served, the latest used first.</summary>
    /// <param name="visit">Returns whether to go on.</param>
    public void Shared(VisitBlock visit)
    {
        lock (_lock)
            foreach (var block in _byUse)
                if (block.IsShared && !visit(block.Key, block.Data.Span<byte>(0, blockBytes))) return;
    }

    private Block? Find(PrefixKey key, string client) =>
        _blocks.TryGetValue(key, out var node) && (node.Value.IsShared || node.Value.Client == client) ? node.Value : null;

    private void Drop(LinkedListNode<Block> node)
    {
        _byUse.Remove(node);
        _blocks.Remove(node.Value.Key);
        _bytes -= blockBytes;
        node.Value.Data.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            while (_byUse.Last is { } node) Drop(node);
        }
    }
}

/// <summary>Writes a block's bytes.</summary>
internal delegate void FillBlock(Span<byte> data);

/// <summary>Sees a block; returns whether to go on.</summary>
internal delegate bool VisitBlock(PrefixKey key, ReadOnlySpan<byte> data);
