using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EdgeAgent.Inference.Sampling;

/// <summary>
/// Which tokens may come next: a list where they are few, one bit a token where they are many. Immutable, safe for concurrent use.
/// </summary>
internal sealed class TokenMask
{
    /// <summary>Below one token in this many a list is smaller than the bits, and quicker to sample from.</summary>
    private const int ListedShare = 32;

    private static readonly Vector256<uint> BitOfLane = Vector256.Create(1u, 2, 4, 8, 16, 32, 64, 128);

    private readonly int[]? _ids; // ascending; null: in the bits
    private readonly ulong[] _bits; // [(vocabulary + 63) / 64], token t is bit t % 64 of word t / 64

    private TokenMask(int[]? ids, ulong[] bits, int count) => (_ids, _bits, Count) = (ids, bits, count);

    /// <summary>Tokens that may come next.</summary>
    public int Count { get; }

    /// <summary>Whether <see cref="Ids"/> holds them.</summary>
    public bool IsListed => _ids is not null;

    /// <summary>The tokens, ascending; empty unless they are listed.</summary>
    public ReadOnlySpan<int> Ids => _ids;

    /// <summary>Managed memory, bytes.</summary>
    public int Bytes => (_ids?.Length * sizeof(int) ?? 0) + _bits.Length * sizeof(ulong);

    /// <param name="bits">[(vocabulary + 63) / 64], token t is bit t % 64 of word t / 64; copied.</param>
    public static TokenMask Of(ReadOnlySpan<ulong> bits)
    {
        var count = 0;
        foreach (var word in bits) count += BitOperations.PopCount(word);
        if (count > bits.Length * 64 / ListedShare) return new TokenMask(null, bits.ToArray(), count);
        var (ids, at) = (new int[count], 0);
        for (var i = 0; i < bits.Length; i++)
            for (var word = bits[i]; word != 0; word &= word - 1) ids[at++] = i * 64 + BitOperations.TrailingZeroCount(word);
        return new TokenMask(ids, [], count);
    }

    public bool Allows(int id) => _ids is not null ? Array.BinarySearch(_ids, id) >= 0
        : (uint)id / 64 < (uint)_bits.Length && (_bits[id / 64] >> id % 64 & 1) != 0;

    /// <summary>Copies the logits of the tokens that may come next; the others become minus infinity.</summary>
    /// <param name="logits">[vocabulary]</param>
    /// <param name="masked">[vocabulary]</param>
    public void Apply(ReadOnlySpan<float> logits, Span<float> masked)
    {
        if (_ids is not null)
        {
            masked.Fill(float.NegativeInfinity);
            foreach (var id in _ids) masked[id] = logits[id];
            return;
        }
        var flags = MemoryMarshal.AsBytes(_bits.AsSpan());
        var (excluded, i) = (Vector256.Create(float.NegativeInfinity), 0);
        for (; i + 8 <= logits.Length && i / 8 < flags.Length; i += 8)
        {
            var allowed = Vector256.Equals(Vector256.Create((uint)flags[i / 8]) & BitOfLane, BitOfLane).AsSingle();
            Vector256.ConditionalSelect(allowed, Vector256.Create(logits[i..]), excluded).CopyTo(masked[i..]);
        }
        for (; i < logits.Length; i++) masked[i] = Allows(i) ? logits[i] : float.NegativeInfinity;
    }
}
