using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace EdgeAgent.Inference.Engine;

/// <summary>
/// Names a block of a prompt and all that stands before it: XXH128 over the block's ids and the name of the block before, and the ids
/// themselves. The first name is over what the cache's content depends on: the student, its graph, and the domain. Two names are the same
/// only where the ids are: blocks are looked up from the first one on, so a forged hash never brings another prompt's keys and values.
/// </summary>
internal readonly struct PrefixKey : IEquatable<PrefixKey>
{
    private const int HashBytes = 16, IdBytes = PrefixCache.BlockTokens * sizeof(int);

    /// <summary>Bytes of a name.</summary>
    public const int Bytes = HashBytes + IdBytes;

    private readonly UInt128 _hash;
    private readonly ReadOnlyMemory<int> _ids; // [BlockTokens]

    private PrefixKey(UInt128 hash, ReadOnlyMemory<int> ids) => (_hash, _ids) = (hash, ids);

    /// <summary>Names of a prompt's blocks. The last token is in none: its logits begin the answer, so it is always run.</summary>
    /// <param name="origin">Student and graph.</param>
    public static PrefixKey[] Of(string origin, string domain, ReadOnlySpan<int> prompt)
    {
        var keys = new PrefixKey[Math.Max(0, (prompt.Length - 1) / PrefixCache.BlockTokens)];
        if (keys.Length == 0) return keys;
        ReadOnlyMemory<int> ids = prompt.ToArray();
        var hash = new XxHash128();
        hash.Append(Encoding.UTF8.GetBytes($"{origin}\n{domain}"));
        for (var i = 0; i < keys.Length; i++)
        {
            var block = ids.Slice(i * PrefixCache.BlockTokens, PrefixCache.BlockTokens);
            hash.Append(MemoryMarshal.AsBytes(block.Span));
            keys[i] = new PrefixKey(hash.GetCurrentHashAsUInt128(), block);
        }
        return keys;
    }

    public static PrefixKey Read(ReadOnlySpan<byte> bytes) =>
        new(MemoryMarshal.Read<UInt128>(bytes), MemoryMarshal.Cast<byte, int>(bytes.Slice(HashBytes, IdBytes)).ToArray());

    public void Write(Span<byte> bytes)
    {
        MemoryMarshal.Write(bytes, _hash);
        MemoryMarshal.AsBytes(_ids.Span).CopyTo(bytes[HashBytes..]);
    }

    public bool Equals(PrefixKey other) => _hash == other._hash && _ids.Span.SequenceEqual(other._ids.Span);

    public override bool Equals(object? obj) => obj is PrefixKey other && Equals(other);

    public override int GetHashCode() => _hash.GetHashCode();
}
