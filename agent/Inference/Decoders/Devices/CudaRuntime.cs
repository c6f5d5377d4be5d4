using System.Runtime.InteropServices;

namespace EdgeAgent.Inference.Decoders.Devices;

/// <summary>
/// The few calls of NVIDIA's CUDA runtime that a decoder needs (CUDA Runtime API, Device Management and Memory Management). ONNX Runtime's
/// providers load the same library, and both use the device's primary context: an address of one is good for the other.
/// </summary>
internal sealed unsafe class CudaRuntime
{
    /// <summary>By preference: CUDA 13 (JetPack 7), CUDA 12 (JetPack 6), and what a system calls its own.</summary>
    private static readonly string[] Names = ["libcudart.so.13", "libcudart.so.12", "libcudart.so"];

    private const int Success = 0, InferDirection = 4, ComputeMajor = 75, ComputeMinor = 76, Device = 0;
    private const double Mega = 1e6;

    private readonly delegate* unmanaged<void**, nuint, int> _malloc;
    private readonly delegate* unmanaged<void*, int> _free;
    private readonly delegate* unmanaged<void*, int, nuint, int> _memset;
    private readonly delegate* unmanaged<void*, nuint, void*, nuint, nuint, nuint, int, int> _memcpy2D;
    private readonly delegate* unmanaged<void*, int> _synchronize;
    private readonly delegate* unmanaged<nuint*, nuint*, int> _memInfo;
    private readonly delegate* unmanaged<int*, int, int, int> _attribute;
    private readonly delegate* unmanaged<int, byte*> _errorText;

    /// <param name="export">The address of a function of the library.</param>
    public CudaRuntime(Func<string, IntPtr> export)
    {
        _malloc = (delegate* unmanaged<void**, nuint, int>)export("cudaMalloc");
        _free = (delegate* unmanaged<void*, int>)export("cudaFree");
        _memset = (delegate* unmanaged<void*, int, nuint, int>)export("cudaMemset");
        _memcpy2D = (delegate* unmanaged<void*, nuint, void*, nuint, nuint, nuint, int, int>)export("cudaMemcpy2D");
        _synchronize = (delegate* unmanaged<void*, int>)export("cudaStreamSynchronize");
        _memInfo = (delegate* unmanaged<nuint*, nuint*, int>)export("cudaMemGetInfo");
        _attribute = (delegate* unmanaged<int*, int, int, int>)export("cudaDeviceGetAttribute");
        _errorText = (delegate* unmanaged<int, byte*>)export("cudaGetErrorString");
    }

    /// <exception cref="DeviceException">There is no CUDA runtime.</exception>
    public static CudaRuntime Load()
    {
        foreach (var name in Names)
            if (NativeLibrary.TryLoad(name, out var library)) return new CudaRuntime(call => NativeLibrary.GetExport(library, call));
        throw new DeviceException($"the CUDA runtime is missing: none of {string.Join(", ", Names)} can be loaded");
    }

    /// <summary>Architecture of the first GPU, as compilers spell it: <c>sm87</c> is an Orin's.</summary>
    public string Architecture
    {
        get
        {
            int major, minor;
            Check(_attribute(&major, ComputeMajor, Device), "cudaDeviceGetAttribute of the GPU's architecture");
            Check(_attribute(&minor, ComputeMinor, Device), "cudaDeviceGetAttribute of the GPU's architecture");
            return $"sm{major}{minor}";
        }
    }

    public long FreeBytes
    {
        get
        {
            nuint free, total;
            Check(_memInfo(&free, &total), "cudaMemGetInfo");
            return (long)free;
        }
    }

    /// <summary>Zeroed memory of the GPU.</summary>
    /// <exception cref="StudentMemoryException">There is no such piece.</exception>
    public IntPtr Allocate(long bytes)
    {
        void* address;
        var code = _malloc(&address, (nuint)bytes);
        if (code != Success)
            throw new StudentMemoryException($"the GPU has no {bytes / Mega:F1} MB in one piece ({FreeBytes / Mega:F0} MB are free in " +
                $"all): {Text(code)}; lower Student:Rows or Student:Context, or stop other programs");
        code = _memset(address, 0, (nuint)bytes);
        if (code != Success)
        {
            _ = _free(address);
            Check(code, $"cudaMemset of {bytes} bytes");
        }
        return (IntPtr)address;
    }

    /// <summary>The answer is ignored: there is nothing to do about a context that is gone.</summary>
    public void Free(IntPtr address) => _ = _free((void*)address);

    /// <summary>Copies pieces between host and device, or within one; addresses tell the direction (unified addressing).</summary>
    public void Copy(Strided from, Strided to, long width, int count) => Check(_memcpy2D((void*)to.Start, (nuint)to.Pitch,
        (void*)from.Start, (nuint)from.Pitch, (nuint)width, (nuint)count, InferDirection), $"cudaMemcpy2D of {count} x {width} bytes");

    /// <summary>
    /// Waits for the default stream: a copy from pageable memory, or within the device, may still run when its call returns (CUDA Runtime
    /// API, API synchronization behavior), and the providers compute in streams that do not wait for this one.
    /// </summary>
    public void Synchronize() => Check(_synchronize(null), "cudaStreamSynchronize");

    private void Check(int code, string call)
    {
        if (code != Success) throw new DeviceException($"CUDA refuses {call}: {Text(code)}");
    }

    private string Text(int code) => $"{Marshal.PtrToStringUTF8((IntPtr)_errorText(code))} (error {code})";
}
