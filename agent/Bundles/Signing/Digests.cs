using System.Security.Cryptography;

namespace EdgeAgent.Bundles.Signing;

/// <summary>SHA-256 of files and byte ranges, in large sequential reads.</summary>
internal static class Digests
{
    private const int Buffer = 1 << 20;

    /// <param name="end">Exclusive; the file must reach it.</param>
    public static byte[] Range(string path, long start, long end)
    {
        using var handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(Buffer);
        try
        {
            while (start < end)
            {
                var read = RandomAccess.Read(handle, buffer.AsSpan(0, (int)Math.Min(Buffer, end - start)), start);
                if (read == 0) throw new VerificationException($"{end} bytes in '{Path.GetFileName(path)}'", $"{start}");
                hash.AppendData(buffer, 0, read);
                start += read;
            }
            return hash.GetHashAndReset();
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
