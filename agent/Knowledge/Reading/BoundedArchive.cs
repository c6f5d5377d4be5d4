using System.IO.Compression;

namespace EdgeAgent.Knowledge.Reading;

/// <summary>Unpacks parts of a ZIP archive within bounds: a part that grows beyond them is refused while it is unpacked.</summary>
internal sealed class BoundedArchive : IDisposable
{
    private const int MaxParts = 10_000;

    private readonly string _name;
    private readonly ZipArchive _archive;

    /// <exception cref="DocumentException">Not an archive, or one with too many parts.</exception>
    public BoundedArchive(string name, byte[] bytes)
    {
        _name = name;
        try
        {
            _archive = new ZipArchive(new MemoryStream(bytes, writable: false), ZipArchiveMode.Read);
            if (_archive.Entries.Count > MaxParts)
                throw new DocumentException(name, $"at most {MaxParts} parts", $"{_archive.Entries.Count}");
        }
        catch (InvalidDataException e)
        {
            throw new DocumentException(name, "a ZIP archive, as .docx files are", "none (an older .doc, or an encrypted file?)", e);
        }
    }

    /// <summary>A part's bytes; null where the archive has none of that name.</summary>
    /// <exception cref="DocumentException">The part is larger than its bounds.</exception>
    public byte[]? Read(string part)
    {
        if (_archive.GetEntry(part) is not { } entry) return null;
        var max = Math.Min(ReadingLimits.MaxTextBytes,
            Math.Max(ReadingLimits.FreeUnpackedBytes, entry.CompressedLength * ReadingLimits.MaxUnpackRatio));
        using var packed = entry.Open();
        using var result = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = packed.Read(buffer)) > 0;)
        {
            if (result.Length + read > max) // the length in the archive's head may lie
                throw new DocumentException(_name, $"at most {max} bytes in {part} ({entry.CompressedLength} packed)", "more: a ZIP bomb?");
            result.Write(buffer, 0, read);
        }
        return result.ToArray();
    }

    public void Dispose() => _archive.Dispose();
}
