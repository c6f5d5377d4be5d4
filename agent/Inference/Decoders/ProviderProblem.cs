using System.Text.RegularExpressions;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Platform;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders;

/// <summary>Why an execution provider cannot be used, in words: ONNX Runtime's messages name source files and C++ types.</summary>
internal static partial class ProviderProblem
{
    /// <summary>Libraries by the beginning of their names, the longest first, and what brings them.</summary>
    private static readonly (string Library, string Owner)[] Owners =
    [
        ("libonnxruntime_providers", "part of ONNX Runtime: copy it beside the agent"), ("libnvonnxparser", "TensorRT's ONNX parser"),
        ("libnvinfer", "TensorRT"), ("libcublasLt", "CUDA, cuBLAS"), ("libcublas", "CUDA, cuBLAS"), ("libcudart", "the CUDA runtime"),
        ("libcurand", "CUDA, cuRAND"), ("libcufft", "CUDA, cuFFT"), ("libcudnn", "cuDNN"), ("libcuda", "the NVIDIA driver"),
    ];

    /// <param name="message">What ONNX Runtime or the loader says.</param>
    /// <returns>The missing library and who brings it; else the message's first line, without the place in ONNX Runtime's
    /// sources.</returns>
    public static string Explain(string message)
    {
        if (MissingLibrary().Match(message) is { Success: true } missing)
        {
            var library = missing.Groups[1].Value;
            var owner = Owners.FirstOrDefault(o => library.StartsWith(o.Library, StringComparison.Ordinal)).Owner;
            return $"the library {library} is missing{(owner is null ? "" : $" ({owner})")}";
        }
        if (message.Contains("CUDA driver version is insufficient", StringComparison.Ordinal)
            || message.Contains("no CUDA-capable device", StringComparison.Ordinal))
            return "no NVIDIA GPU, or a driver too old for this CUDA";
        if (NoEntryPoint().IsMatch(message)) return "this ONNX Runtime was built without it";
        var line = SourcePlace().Replace(message, "").Split('\n')[0].Trim();
        return line.Length > 0 ? line : "ONNX Runtime gives no reason";
    }

    /// <summary>What a provider, its builder or its device says no with; anything else is a defect of ours.</summary>
    public static bool IsRefusal(Exception e) => e is ModelFileException or OnnxRuntimeException or DeviceException;

    /// <summary>Whether memory is missing, by what ONNX Runtime, CUDA or TensorRT says of it.</summary>
    public static bool IsMemory(string message) => NoMemory().IsMatch(message);

    [GeneratedRegex("out of memory|failed to allocate memory|OutOfMemory|bad_alloc", RegexOptions.IgnoreCase)]
    private static partial Regex NoMemory();

    [GeneratedRegex(@"(lib[\w+.-]+?\.so[\w.]*): cannot open shared object file")]
    private static partial Regex MissingLibrary();

    [GeneratedRegex("entry point named '?OrtSessionOptionsAppendExecutionProvider", RegexOptions.IgnoreCase)]
    private static partial Regex NoEntryPoint();

    // "/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:2210 onnxruntime::Provider& ... [ONNXRuntimeError] : 1 : FAIL : "
    [GeneratedRegex(@"^.*?(\[ONNXRuntimeError\] : \d+ : \w+ : )|^\[ErrorCode:\w+\] |^/\S+\.(cc|cpp|h|hpp):\d+ \S+ ?",
        RegexOptions.Singleline)]
    private static partial Regex SourcePlace();
}
