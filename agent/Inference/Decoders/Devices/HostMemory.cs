using EdgeAgent.Platform;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders.Devices;

/// <summary>The host's own memory, for the CPU provider. The system gives pages when they are first written.</summary>
internal sealed class HostMemory : IDeviceMemory
{
    public static readonly HostMemory Instance = new();

    public OrtMemoryInfo Info => OrtMemoryInfo.DefaultInstance;

    public bool IsHost => true;

    /// <summary>Not known here: the system says it (<see cref="FreeMemory"/>).</summary>
    public long? FreeBytes => null;

    public IDeviceBuffer Allocate(long bytes) => new Buffer(bytes);

    public void Copy(Strided from, Strided to, long width, int count) => CopyPieces(from, to, width, count);

    public void Finish()
    {
        // a copy is done when it returns
    }

    internal static unsafe void CopyPieces(Strided from, Strided to, long width, int count)
    {
        for (var i = 0; i < count; i++)
            System.Buffer.MemoryCopy((byte*)from.Start + i * from.Pitch, (byte*)to.Start + i * to.Pitch, width, width);
    }

    private sealed class Buffer(long bytes) : IDeviceBuffer
    {
        private readonly NativeBuffer _memory = new(bytes);

        public long Length => _memory.Length;

        public IntPtr At(long offset) => _memory.At(offset);

        public void Dispose() => _memory.Dispose();
    }
}
