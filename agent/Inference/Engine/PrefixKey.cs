using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace EdgeAgent.Inference.Engine;

/// <summary>
/// Names a block of a prompt and all that stands before it: SHA-256 over the block's ids and the name of the block before. The first name
/// is over what the cache's content depends on: the student, its graph, and the domain. A prompt that anybody could forge would otherwise
/// be answered with another one's cache.
/// </summary>
internal readonly record struct PrefixKey(UInt128 High, UInt128 Low)
{
    /// <summary>Bytes of a name.</summary>
    public const int Bytes = 32;

    /// <summary>Names of a prompt's blocks. The last token is in none: its logits begin the answer, so it is always run.</summary>
    /// <param name="origin">Student and graph.</param>
    public static PrefixKey[] Of(string origin, string domain, ReadOnlySpan<int> prompt)
    {
        var keys = new PrefixKey[Math.Max(0, (prompt.Length - 1) / PrefixCache.BlockTokens)];
        if (keys.Length == 0) return keys;
        Span<byte> hash = stackalloc byte[Bytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{origin}\n{domain}"), hash);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < keys.Length; i++)
        {
            sha.AppendData(hash);
            sha.AppendData(MemoryMarshal.AsBytes(prompt.Slice(i * PrefixCache.BlockTokens, PrefixCache.BlockTokens)));
            sha.GetHashAndReset(hash);
            keys[i] = Read(hash);
        }
        return keys;
    }

    public static PrefixKey Read(ReadOnlySpan<byte> bytes) =>
        new(MemoryMarshal.Read<UInt128>(bytes), MemoryMarshal.Read<UInt128>(bytes[16..]));

    public void Write(Span<byte> bytes)
    {
        MemoryMarshal.Write(bytes, High);
        MemoryMarshal.Write(bytes[16..], Low);
    }
}
