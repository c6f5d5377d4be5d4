using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders;

/// <summary>The execution providers of the ONNX Runtime library. An interface because builds refuse in different ways.</summary>
internal interface IExecutionProviderCatalog
{
    /// <summary>Names as ONNX Runtime spells them, such as <c>CPUExecutionProvider</c>.</summary>
    IReadOnlyCollection<string> Available { get; }

    /// <summary>Appends the provider to throw-away session options.</summary>
    /// <exception cref="EntryPointNotFoundException">The library was built without the provider.</exception>
    /// <exception cref="OnnxRuntimeException">The provider, or a library it needs, cannot be loaded.</exception>
    /// <exception cref="DllNotFoundException">The same, with what the library's log says.</exception>
    void Probe(ExecutionProvider provider);
}

/// <summary>The library that this process has loaded.</summary>
internal sealed class OnnxRuntimeCatalog : IExecutionProviderCatalog
{
    public IReadOnlyCollection<string> Available => OnnxRuntimeLibrary.Environment.GetAvailableProviders();

    /// <summary>ONNX Runtime's exception says that a library cannot be loaded; which one, its log says.</summary>
    public void Probe(ExecutionProvider provider)
    {
        OnnxRuntimeLibrary.Forget();
        try
        {
            Append(provider);
        }
        catch (OnnxRuntimeException e)
        {
            throw new DllNotFoundException(string.Join('\n', OnnxRuntimeLibrary.Messages.Append(e.Message)), e);
        }
    }

    private static void Append(ExecutionProvider provider)
    {
        using var options = new SessionOptions();
        switch (provider)
        {
            case ExecutionProvider.TensorRT:
                using (var tensorrt = new OrtTensorRTProviderOptions()) options.AppendExecutionProvider_Tensorrt(tensorrt);
                break;
            case ExecutionProvider.Cuda:
                using (var cuda = new OrtCUDAProviderOptions()) options.AppendExecutionProvider_CUDA(cuda);
                break;
        }
    }
}
