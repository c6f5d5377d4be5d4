using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders.Devices;

/// <summary>A GPU's memory.</summary>
/// <param name="info">What ONNX Runtime calls it; null: CUDA's memory of the first GPU.</param>
internal sealed class CudaMemory(CudaRuntime cuda, OrtMemoryInfo? info = null) : IDeviceMemory
{
    /// <summary>Lives as long as the process, like the library.</summary>
    private static readonly Lazy<OrtMemoryInfo> FirstGpu =
        new(() => new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, 0, OrtMemType.Default));

    public OrtMemoryInfo Info => info ?? FirstGpu.Value;

    public bool IsHost => false;

    public long? FreeBytes => cuda.FreeBytes;

    public IDeviceBuffer Allocate(long bytes) => new CudaBuffer(cuda, bytes);

    public void Copy(Strided from, Strided to, long width, int count) => cuda.Copy(from, to, width, count);

    public void Finish() => cuda.Synchronize();

    private sealed class CudaBuffer : SafeHandle, IDeviceBuffer
    {
        private readonly CudaRuntime _cuda;

        public CudaBuffer(CudaRuntime cuda, long bytes) : base(IntPtr.Zero, ownsHandle: true)
        {
            (_cuda, Length) = (cuda, bytes);
            SetHandle(cuda.Allocate(bytes));
        }

        public long Length { get; }

        public override bool IsInvalid => handle == IntPtr.Zero;

        public IntPtr At(long offset)
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)offset, (ulong)Length);
            return handle + (nint)offset;
        }

        protected override bool ReleaseHandle()
        {
            _cuda.Free(handle);
            return true;
        }
    }
}
