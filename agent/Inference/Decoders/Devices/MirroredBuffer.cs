using EdgeAgent.Platform;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeAgent.Inference.Decoders.Devices;

/// <summary>
/// An input or output that the host reads or writes and the device computes with. Where the device has memory of its own there are two
/// copies, and the addresses that a session is bound to never change: ONNX Runtime copies a bound host tensor once, when it is bound, and
/// a captured CUDA graph knows addresses only.
/// </summary>
internal sealed class MirroredBuffer : IDisposable
{
    private readonly IDeviceMemory _memory;
    private readonly NativeBuffer _host;
    private readonly IDeviceBuffer? _device; // null where the host's copy is the device's

    public MirroredBuffer(IDeviceMemory memory, long bytes)
    {
        _memory = memory;
        _host = new NativeBuffer(bytes);
        _device = memory.IsHost ? null : memory.Allocate(bytes);
    }

    /// <summary>Part of the host's copy.</summary>
    public Span<T> Span<T>(long byteOffset, int count) where T : unmanaged => _host.Span<T>(byteOffset, count);

    /// <summary>A tensor over the device's copy. The caller disposes of it before this.</summary>
    public OrtValue Tensor(TensorElementType type, int elementBytes, params long[] shape)
    {
        var bytes = shape.Aggregate((long)elementBytes, (n, d) => n * d);
        var address = _device?.At(0) ?? _host.At(0);
        return OrtValue.CreateTensorValueWithData(_memory.Info, type, shape, address, bytes);
    }

    /// <summary>Sends the first bytes of the host's copy to the device; they are there after <see cref="IDeviceMemory.Finish"/>.</summary>
    public void Upload(long bytes)
    {
        if (_device is not null) _memory.Copy(new Strided(_host.At(0), bytes), new Strided(_device.At(0), bytes), bytes, 1);
    }

    /// <summary>Fetches the first bytes of the device's copy, in one piece.</summary>
    public void Download(long bytes)
    {
        if (_device is null) return;
        _memory.Copy(new Strided(_device.At(0), bytes), new Strided(_host.At(0), bytes), bytes, 1);
        _memory.Finish();
    }

    public void Dispose()
    {
        _device?.Dispose();
        _host.Dispose();
    }
}
