using System.Runtime.InteropServices;

namespace EdgeAgent.Platform;

/// <summary>
/// Zeroed native memory, aligned to 64 bytes and owned by this handle. The system gives pages of a large buffer when they are first
/// written.
/// Spans and pointers are valid until Dispose.
/// </summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    private const int Alignment = 64;
    private readonly IntPtr _start;

    public NativeBuffer(long bytes) : base(IntPtr.Zero, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        Length = bytes;
        // calloc takes fresh pages of the system, which are zero: clearing an aligned block would touch them all
        SetHandle((IntPtr)NativeMemory.AllocZeroed((nuint)bytes + Alignment));
        _start = (handle + Alignment - 1) & ~(IntPtr)(Alignment - 1);
    }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    public override bool IsInvalid => handle == IntPtr.Zero;

    /// <summary>Address of byte <paramref name="offset"/>; the caller keeps this buffer alive while using it.</summary>
    public IntPtr At(long offset)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)offset, (ulong)Length);
        return _start + (nint)offset;
    }

    public Span<T> Span<T>(long byteOffset, int count) where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(byteOffset + (long)count * sizeof(T), Length);
        return new Span<T>((void*)At(byteOffset), count);
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }
}
