using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders;

/// <summary>ONNX Runtime execution providers this agent can ask for.</summary>
internal enum ExecutionProvider { Cpu, Cuda, TensorRT }

/// <summary>Which providers were asked for, which one was chosen, and why each one before it was passed over.</summary>
internal sealed record ExecutionProviderChoice(IReadOnlyList<ExecutionProvider> Asked, ExecutionProvider Got, IReadOnlyList<string> Reasons)
{
    /// <summary>Name of the decoder form the model runs in; empty until one is chosen.</summary>
    public string Form { get; init; } = "";

    public override string ToString() =>
        $"{Got}{(Form.Length > 0 ? $", form {Form}" : "")}{(Reasons.Count > 0 ? $" ({string.Join("; ", Reasons)})" : "")}";
}

/// <summary>The required execution provider, or every preferred one, is unavailable.</summary>
internal sealed class ExecutionProviderException(string message) : Exception(message);

/// <summary>Chooses the first provider of a preference list that the library has and that a decoder form can use.</summary>
internal static class ExecutionProviders
{
    public static readonly IReadOnlyList<ExecutionProvider> DefaultPreference = [ExecutionProvider.TensorRT, ExecutionProvider.Cuda,
        ExecutionProvider.Cpu];

    /// <param name="require">When set, any other provider is an error.</param>
    /// <param name="refusal">Why no form can use the provider; null where one can.</param>
    /// <exception cref="ExecutionProviderException">The required provider, or every preferred one, is unavailable.</exception>
    public static ExecutionProviderChoice Choose(IReadOnlyList<ExecutionProvider> preference, ExecutionProvider? require,
        IExecutionProviderCatalog catalog, Func<ExecutionProvider, string?> refusal)
    {
        IReadOnlyList<ExecutionProvider> asked = require is { } only ? [only] : preference;
        var reasons = new List<string>();
        foreach (var provider in asked)
        {
            if (Refusal(provider, catalog, refusal) is not { } why) return new ExecutionProviderChoice(asked, provider, reasons);
            reasons.Add($"{provider}: {why}");
        }
        throw new ExecutionProviderException(
            $"{(require is null ? "no execution provider of the preference list" : $"the required execution provider {require}")} is " +
            $"available: {string.Join("; ", reasons)}");
    }

    private static string Short(string provider) => provider.Replace("ExecutionProvider", "", StringComparison.Ordinal);

    private static string? Refusal(ExecutionProvider provider, IExecutionProviderCatalog catalog, Func<ExecutionProvider, string?> refusal)
    {
        if (provider != ExecutionProvider.Cpu) // every build has the CPU provider
        {
            var name = provider == ExecutionProvider.TensorRT ? "TensorrtExecutionProvider" : "CUDAExecutionProvider";
            if (!catalog.Available.Contains(name))
                return $"not in this ONNX Runtime build, which has {string.Join(", ", catalog.Available.Select(Short))}";
            try
            {
                catalog.Probe(provider);
            }
            catch (Exception e) when (e is EntryPointNotFoundException or OnnxRuntimeException or DllNotFoundException)
            {
                return ProviderProblem.Explain(e.Message);
            }
        }
        return refusal(provider);
    }
}
