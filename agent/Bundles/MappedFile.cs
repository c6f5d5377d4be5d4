using System.IO.MemoryMappedFiles;
using EdgeAgent.Platform;
using Microsoft.Win32.SafeHandles;

namespace EdgeAgent.Bundles;

/// <summary>A file mapped for reading. Owns the mapping: spans from it are valid until Dispose.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeMemoryMappedViewHandle _handle;
    private readonly byte* _start;

    /// <exception cref="ModelFileException">The file is missing or empty.</exception>
    public MappedFile(string path)
    {
        Path = path;
        if (!File.Exists(path)) throw new ModelFileException(path, "a file", "no such file");
        ModelFile.RefusePointer(path);
        Length = new FileInfo(path).Length;
        if (Length == 0) throw new ModelFileException(path, "a file with content", "0 bytes");
        _mapping = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _mapping.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        _handle = _view.SafeMemoryMappedViewHandle;
        byte* start = null;
        _handle.AcquirePointer(ref start);
        _start = start + _view.PointerOffset;
    }

    public string Path { get; }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>At most 2^31-1 bytes of the file.</summary>
    public ReadOnlySpan<byte> Span(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    public void Dispose()
    {
        if (_handle.IsClosed) return;
        _handle.ReleasePointer();
        _view.Dispose();
        _mapping.Dispose();
    }
}
