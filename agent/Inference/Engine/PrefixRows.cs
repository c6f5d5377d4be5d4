using EdgeAgent.Inference.Decoders;

namespace EdgeAgent.Inference.Engine;

/// <summary>
/// The prefix cache at the decoder's rows: writes blocks that are held into a row instead of running them, and keeps the blocks that a row
/// had to run. Names of blocks are made by any thread, rows are touched by the stepping thread alone.
/// </summary>
internal sealed class PrefixRows : IDisposable
{
    private const int Block = PrefixCache.BlockTokens;
    private readonly IDecoder _decoder;
    private readonly string _origin;

    /// <param name="student">Digest of the weights; empty keeps nothing, since two students could not be told apart.</param>
    public PrefixRows(IDecoder decoder, string student, long maxBytes)
    {
        (_decoder, _origin) = (decoder, $"{student}\n{decoder.PositionFormat}");
        if (student.Length > 0 && decoder.PositionBytes > 0 && maxBytes > 0)
            Cache = new PrefixCache(maxBytes, Block * decoder.PositionBytes);
    }

    /// <summary>Null where prefixes are not kept.</summary>
    public PrefixCache? Cache { get; }

    /// <summary>What the cache's content depends on, domains aside.</summary>
    public string Origin => _origin;

    public PrefixKey[] Keys(GenerationRequest request) => Cache is null ? [] : PrefixKey.Of(_origin, request.Domain, request.Prompt);

    /// <summary>How many of a prompt's first blocks its client may be served.</summary>
    public int Match(ReadOnlySpan<PrefixKey> keys, string client) => Cache?.Match(keys, client) ?? 0;

    /// <summary>The same for a request that gets its row; it counts as a hit or a miss.</summary>
    public int Match(Generation generation)
    {
        var count = Match(generation.PrefixKeys, generation.Request.Client);
        Cache?.Use(generation.PrefixKeys, count);
        return count;
    }

    /// <summary>Writes the next held block into the row; false when there is none, and the prompt must be run from here.</summary>
    /// <param name="at">The row's place in the batch.</param>
    public bool Restore(Row row, int at)
    {
        var (block, rest) = Math.DivRem(row.Length, Block);
        if (rest != 0 || block >= row.CachedBlocks) return false;
        var data = Cache!.Data(row.Generation.PrefixKeys[block], row.Request.Client);
        if (data.IsEmpty) // dropped since the row began
        {
            row.CachedBlocks = block;
            return false;
        }
        _decoder.WritePrefix(at, row.Length, Block, data);
        row.Length += Block;
        return true;
    }

    /// <summary>Keeps the blocks that the last chunk has completed.</summary>
    /// <param name="at">The row's place in the batch.</param>
    /// <param name="chunk">Prompt tokens just run.</param>
    public void Keep(Row row, int at, int chunk)
    {
        if (Cache is not { } cache) return;
        var keys = row.Generation.PrefixKeys;
        var end = Math.Min(row.Length, row.Prompt.Length) / Block;
        for (var block = (row.Length - chunk) / Block; block < Math.Min(end, keys.Length); block++)
            cache.Add(keys[block], row.Request.Client, data => _decoder.ReadPrefix(at, block * Block, Block, data));
        if (row.RemainingPrompt == 0) cache.Touch(keys);
    }

    public void Dispose() => Cache?.Dispose();
}
