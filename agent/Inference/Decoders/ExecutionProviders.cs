using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders;

/// <summary>ONNX Runtime execution providers this agent can ask for.</summary>
internal enum ExecutionProvider { Cpu, Cuda, TensorRT }

/// <summary>What was asked, what was got, and for every provider passed over why.</summary>
internal sealed record ExecutionProviderChoice(IReadOnlyList<ExecutionProvider> Asked, ExecutionProvider Got, IReadOnlyList<string> Reasons)
{
    public override string ToString() => Reasons.Count == 0 ? $"{Got}" : $"{Got} ({string.Join("; ", Reasons)})";
}

/// <summary>A required execution provider cannot be had.</summary>
internal sealed class ExecutionProviderException(string message) : Exception(message);

/// <summary>What the ONNX Runtime library at hand offers; a seam, since builds differ in how they say no.</summary>
internal interface IExecutionProviderCatalog
{
    IReadOnlyCollection<string> Available { get; }

    /// <summary>Throws where the library lacks the provider: EntryPointNotFoundException or OnnxRuntimeException.</summary>
    void Probe(ExecutionProvider provider);
}

/// <summary>The library this process loaded.</summary>
internal sealed class OnnxRuntimeCatalog : IExecutionProviderCatalog
{
    public IReadOnlyCollection<string> Available => OrtEnv.Instance().GetAvailableProviders();

    public void Probe(ExecutionProvider provider)
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

/// <summary>Chooses the first provider of the preference list that the library has and that a graph form exists for.</summary>
internal static class ExecutionProviders
{
    public static readonly IReadOnlyList<ExecutionProvider> DefaultPreference = [ExecutionProvider.TensorRT, ExecutionProvider.Cuda,
        ExecutionProvider.Cpu];

    /// <summary>Providers whose graph form this version generates.</summary>
    public static readonly IReadOnlySet<ExecutionProvider> GraphForms = new HashSet<ExecutionProvider> { ExecutionProvider.Cpu };

    /// <param name="require">When set, anything else than this provider is an error.</param>
    /// <exception cref="ExecutionProviderException">The required provider, or every preferred one, is missing.</exception>
    public static ExecutionProviderChoice Choose(IReadOnlyList<ExecutionProvider> preference, ExecutionProvider? require,
        IExecutionProviderCatalog catalog)
    {
        IReadOnlyList<ExecutionProvider> asked = require is { } only ? [only] : preference;
        var reasons = new List<string>();
        foreach (var provider in asked)
        {
            if (Refusal(provider, catalog) is not { } refusal) return new ExecutionProviderChoice(asked, provider, reasons);
            reasons.Add($"{provider}: {refusal}");
        }
        throw new ExecutionProviderException(
            $"{(require is null ? "no execution provider of the preference list" : $"the required execution provider {require}")} can be " +
            $"had: {string.Join("; ", reasons)}");
    }

    private static string? Refusal(ExecutionProvider provider, IExecutionProviderCatalog catalog)
    {
        if (provider == ExecutionProvider.Cpu) return null;
        var name = provider == ExecutionProvider.TensorRT ? "TensorrtExecutionProvider" : "CUDAExecutionProvider";
        if (!catalog.Available.Contains(name)) return $"not in this ONNX Runtime build, which has {string.Join(", ", catalog.Available)}";
        try
        {
            catalog.Probe(provider);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or OnnxRuntimeException or DllNotFoundException)
        {
            return e.Message;
        }
        return GraphForms.Contains(provider) ? null : "available, but this version of the agent has no graph form for it";
    }
}
