using System.Runtime.InteropServices;

namespace EdgeAgent.Lab;

/// <summary>Loads libtorch before TorchSharp does.</summary>
internal static class NativeLibraries
{
    /// <summary>In the order in which they need each other; those for a GPU are absent from a CPU build.</summary>
    private static readonly string[] Libraries =
        ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];

    public static void Prepare(LabOptions options)
    {
        var native = Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so");
        if (File.Exists(native)) NativeCompatibility.Weaken(native);
        // a library that is loaded is not looked for again, so another build of libtorch takes the place of the package's
        if (options.Libtorch is { } folder)
            foreach (var library in Libraries.Select(l => Path.Combine(folder, l)).Where(File.Exists)) NativeLibrary.Load(library);
        TorchSharp.torch.set_num_threads(options.Threads);
    }
}
