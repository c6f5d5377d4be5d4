using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using EdgeAgent.Platform;

namespace EdgeAgent.Inference.Engine;

/// <summary>
/// The prefixes that several clients share, as a file, so that a restart does not lose them. Little-endian: "EAPREFIX", version, block
/// bytes and number of blocks as int32, XXH128 of what the content depends on (student, graph), then for each block its name and bytes,
/// then XXH128 of all that came before. Nothing is used before that seal has been checked.
/// </summary>
internal static class PrefixFile
{
    public const string Extension = ".prefixes";

    private const int Version = 1, HeaderBytes = 36, SealBytes = 16;
    private static readonly byte[] Magic = "EAPREFIX"u8.ToArray();

    /// <summary>Writes the shared blocks, the latest used first, as many as fit; without any, the file is removed.</summary>
    /// <param name="origin">What the blocks depend on.</param>
    /// <exception cref="IOException"/>
    public static void Save(string path, PrefixCache cache, string origin, long maxBytes)
    {
        var (count, room) = (0, (maxBytes - HeaderBytes - SealBytes) / (PrefixKey.Bytes + cache.BlockBytes));
        cache.Shared((_, _) => count < room && ++count > 0);
        if (count == 0)
        {
            DurableFile.Delete(path);
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        DurableFile.Write(path, stream =>
        {
            var seal = new XxHash128();
            void Write(ReadOnlySpan<byte> bytes)
            {
                stream.Write(bytes);
                seal.Append(bytes);
            }
            Write(Header(cache.BlockBytes, count, origin));
            var name = new byte[PrefixKey.Bytes];
            var left = count;
            cache.Shared((key, data) =>
            {
                key.Write(name);
                Write(name);
                Write(data);
                return --left > 0;
            });
            stream.Write(seal.GetCurrentHash());
        });
    }

    /// <summary>
    /// Puts a file's blocks into the cache. A file that is damaged, or of another student or graph, is removed and none of it used.
    /// </summary>
    /// <returns>Blocks that were read; null where the file was removed.</returns>
    /// <exception cref="IOException"/>
    public static int? Load(string path, PrefixCache cache, string origin)
    {
        if (!File.Exists(path)) return 0;
        if (Read(path, cache, origin) is { } count) return count;
        DurableFile.Delete(path);
        return null;
    }

    private static int? Read(string path, PrefixCache cache, string origin)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        var header = new byte[HeaderBytes];
        if (stream.Length < HeaderBytes || stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes) return null;
        var count = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(16));
        if (count < 1 || !header.AsSpan().SequenceEqual(Header(cache.BlockBytes, count, origin))) return null;
        var content = HeaderBytes + count * (long)(PrefixKey.Bytes + cache.BlockBytes);
        if (stream.Length != content + SealBytes || !IsSealed(stream, content)) return null;
        stream.Position = HeaderBytes;
        var (name, data) = (new byte[PrefixKey.Bytes], new byte[cache.BlockBytes]);
        var names = new List<PrefixKey>();
        for (var i = 0; i < count; i++)
        {
            stream.ReadExactly(name);
            stream.ReadExactly(data);
            names.Add(PrefixKey.Read(name));
            cache.Add(names[^1], "", to => data.CopyTo(to), isShared: true);
        }
        cache.Touch([.. names]); // the file has the latest used first
        return count;
    }

    private static bool IsSealed(FileStream stream, long content)
    {
        var seal = new XxHash128();
        stream.Position = 0;
        var buffer = new byte[1 << 16];
        while (stream.Position < content)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, content - stream.Position));
            if (read == 0) return false;
            seal.Append(buffer.AsSpan(0, read));
        }
        var expected = new byte[SealBytes];
        stream.ReadExactly(expected);
        return expected.AsSpan().SequenceEqual(seal.GetCurrentHash());
    }

    private static byte[] Header(int blockBytes, int count, string origin)
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header, 0);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), blockBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), count);
        XxHash128.Hash(Encoding.UTF8.GetBytes(origin), header.AsSpan(20));
        return header;
    }
}
