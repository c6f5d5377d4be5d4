using System.Runtime.InteropServices;
using EdgeAgent.Inference.Decoders.Devices;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Tests.Inference.Decoders.Devices;

/// <summary>
/// A device's memory that the CPU provider can compute in and that the decoder must not touch: every copy goes through here and is held to
/// the pieces that were allocated.
/// </summary>
internal sealed class SeparateMemory : IDeviceMemory
{
    private readonly Lock _lock = new(); // two students may use one GPU
    private readonly List<(IntPtr Start, long Bytes)> _pieces = [];
    private bool _isFinished = true;

    public OrtMemoryInfo Info => OrtMemoryInfo.DefaultInstance;

    public bool IsHost => false;

    public long? FreeBytes { get; init; }

    /// <summary>Pieces that are not freed yet.</summary>
    public int Live => _pieces.Count;

    public int Downloads { get; private set; }

    public IDeviceBuffer Allocate(long bytes)
    {
        lock (_lock) return new Piece(this, bytes);
    }

    public void Copy(Strided from, Strided to, long width, int count)
    {
        lock (_lock) CopyPieces(from, to, width, count);
    }

    private void CopyPieces(Strided from, Strided to, long width, int count)
    {
        var (fromDevice, toDevice) = (IsInside(from, width, count), IsInside(to, width, count));
        Assert.True(fromDevice || toDevice, "a copy between host and host, or beyond a piece");
        if (fromDevice && !toDevice)
        {
            Assert.True(_isFinished, "read back before what was sent is there");
            Downloads++;
        }
        var bytes = new byte[width];
        for (var i = 0; i < count; i++)
        {
            Marshal.Copy(checked((IntPtr)(from.Start + i * from.Pitch)), bytes, 0, (int)width);
            Marshal.Copy(bytes, 0, checked((IntPtr)(to.Start + i * to.Pitch)), (int)width);
        }
        _isFinished = !toDevice;
    }

    public void Finish() => _isFinished = true;

    private bool IsInside(Strided pieces, long width, int count) =>
        _pieces.Exists(p => pieces.Start >= p.Start && pieces.Start + pieces.Pitch * (count - 1) + width <= p.Start + p.Bytes);

    private sealed class Piece : IDeviceBuffer
    {
        private readonly SeparateMemory _owner;
        private readonly IDeviceBuffer _memory;
        private readonly IntPtr _start;

        public Piece(SeparateMemory owner, long bytes)
        {
            (_owner, _memory) = (owner, HostMemory.Instance.Allocate(bytes));
            _start = _memory.At(0);
            owner._pieces.Add((_start, bytes));
        }

        public long Length => _memory.Length;

        public IntPtr At(long offset) => _memory.At(offset);

        public void Dispose()
        {
            lock (_owner._lock)
                if (_owner._pieces.RemoveAll(p => p.Start == _start) > 0) _memory.Dispose();
        }
    }
}
