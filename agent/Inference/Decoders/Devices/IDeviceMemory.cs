using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders.Devices;

/// <summary>Pieces of bytes at equal distances, in any memory.</summary>
/// <param name="Start">Address of the first piece.</param>
/// <param name="Pitch">Bytes from the beginning of one piece to that of the next.</param>
internal readonly record struct Strided(IntPtr Start, long Pitch);

/// <summary>Memory of a device, owned: the tensors over it must be disposed of first.</summary>
internal interface IDeviceBuffer : IDisposable
{
    /// <summary>Bytes.</summary>
    long Length { get; }

    /// <summary>Address of byte <paramref name="offset"/>, in the device's memory, which the host may not be able to read.</summary>
    IntPtr At(long offset);
}

/// <summary>
/// Where a decoder's tensors lie: the host's memory for the CPU provider, a GPU's for CUDA and TensorRT. It is all that differs between
/// them: the decoders are the same. One caller at a time.
/// </summary>
internal interface IDeviceMemory
{
    /// <summary>What ONNX Runtime calls it.</summary>
    OrtMemoryInfo Info { get; }

    /// <summary>Whether the host reads and writes it without copying.</summary>
    bool IsHost { get; }

    /// <summary>Free bytes; null where the device does not say.</summary>
    long? FreeBytes { get; }

    /// <summary>Zeroed memory in one piece.</summary>
    /// <exception cref="StudentMemoryException">The device has no such piece.</exception>
    IDeviceBuffer Allocate(long bytes);

    /// <summary>
    /// Copies <paramref name="count"/> pieces of <paramref name="width"/> bytes: from the host to the device, back, or within it. The
    /// two sides do not overlap.
    /// </summary>
    /// <exception cref="DeviceException">The device refuses.</exception>
    void Copy(Strided from, Strided to, long width, int count);

    /// <summary>Waits until everything that was copied is there.</summary>
    /// <exception cref="DeviceException">A copy failed.</exception>
    void Finish();
}
