using System.Runtime.InteropServices;

namespace EdgeAgent.Inference.Decoders.Devices;

/// <summary>Which TensorRT this process would use: its version decides the form, and is part of an engine's key.</summary>
internal static unsafe class TensorRtLibrary
{
    private static readonly string[] Names = ["libnvinfer.so.11", "libnvinfer.so.10", "libnvinfer.so"];

    /// <summary>From version 10 on a number is major * 10000 + minor * 100 + patch; before, major * 1000 (NvInferVersion.h).</summary>
    private const int FirstWide = 100_000;

    /// <summary>Null where the library is missing.</summary>
    public static Version? Find()
    {
        foreach (var name in Names)
            if (NativeLibrary.TryLoad(name, out var library) && NativeLibrary.TryGetExport(library, "getInferLibVersion", out var function))
                return Of(((delegate* unmanaged<int>)function)());
        return null;
    }

    /// <summary>The version in a number of <c>getInferLibVersion</c>.</summary>
    public static Version Of(int number) => number >= FirstWide
        ? new Version(number / 10_000, number / 100 % 100, number % 100)
        : new Version(number / 1000, number / 100 % 10, number % 100);
}
