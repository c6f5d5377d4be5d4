using EdgeAgent.Inference.Decoders;

namespace EdgeAgent.Tests.Inference.Decoders;

public sealed class ProviderProblemTests
{
    [Theory]
    [InlineData(
        "Failed to load library libonnxruntime_providers_cuda.so with error: libcublas.so.13: cannot open shared object file: No such",
        "the library libcublas.so.13 is missing (CUDA, cuBLAS)")]
    [InlineData("[ONNXRuntimeError] : 1 : FAIL : dlopen: libcublasLt.so.12: cannot open shared object file",
        "the library libcublasLt.so.12 is missing (CUDA, cuBLAS)")]
    [InlineData("libnvinfer.so.10: cannot open shared object file: No such file or directory",
        "the library libnvinfer.so.10 is missing (TensorRT)")]
    [InlineData("/opt/x/libonnxruntime_providers_shared.so: cannot open shared object file",
        "the library libonnxruntime_providers_shared.so is missing (part of ONNX Runtime: copy it beside the agent)")]
    [InlineData("libother.so.1: cannot open shared object file", "the library libother.so.1 is missing")]
    [InlineData("CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=0",
        "no NVIDIA GPU, or a driver too old for this CUDA")]
    [InlineData("Unable to find an entry point named 'OrtSessionOptionsAppendExecutionProvider_Tensorrt' in shared library 'onnxruntime'.",
        "this ONNX Runtime was built without it")]
    [InlineData("/src/onnxruntime/core/session/a.cc:12 Run [ONNXRuntimeError] : 1 : FAIL : the device is lost\nstack",
        "the device is lost")]
    [InlineData("", "ONNX Runtime gives no reason")]
    public void Explain_KnownMessages_SayWhatIsMissing(string message, string expected) =>
        Assert.Equal(expected, ProviderProblem.Explain(message));
}
