using EdgeAgent.Inference.Decoders;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Tests.Inference.Decoders;

public sealed class ExecutionProvidersTests
{
    private static ExecutionProviderChoice Choose(IExecutionProviderCatalog catalog, ExecutionProvider? require = null) =>
        ExecutionProviders.Choose(ExecutionProviders.DefaultPreference, require, catalog,
            provider => provider == ExecutionProvider.Cpu ? null : "no form");

    private static OnnxRuntimeException RuntimeError()
    {
        try
        {
            using var session = new InferenceSession([1, 2, 3]);
            throw new InvalidOperationException("unreachable");
        }
        catch (OnnxRuntimeException e)
        {
            return e;
        }
    }

    [Fact]
    public void Choose_StockPackage_FallsBackToCpuAndSaysWhy()
    {
        var choice = Choose(new OnnxRuntimeCatalog());
        Assert.Equal(ExecutionProvider.Cpu, choice.Got);
        Assert.Equal([ExecutionProvider.TensorRT, ExecutionProvider.Cuda, ExecutionProvider.Cpu], choice.Asked);
        Assert.Equal(2, choice.Reasons.Count);
        Assert.Contains("TensorRT: not in this ONNX Runtime build", choice.Reasons[0], StringComparison.Ordinal);
    }

    /// <summary>The stock library throws, in one of two ways: the fallback must not depend on the list of available providers.</summary>
    [Fact]
    public void Probe_StockPackage_ThrowsWhatTheChoiceHandles()
    {
        var thrown = Record.Exception(() => new OnnxRuntimeCatalog().Probe(ExecutionProvider.TensorRT));
        Assert.True(thrown is EntryPointNotFoundException or DllNotFoundException, $"{thrown?.GetType()}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Choose_ListedButRefusing_FallsBackForBothExceptions(bool runtimeError)
    {
        Exception refusal = runtimeError
            ? RuntimeError() : new EntryPointNotFoundException("OrtSessionOptionsAppendExecutionProvider_Tensorrt");
        var choice = Choose(new FixedCatalog(refusal, "TensorrtExecutionProvider", "CPUExecutionProvider"));
        Assert.Equal(ExecutionProvider.Cpu, choice.Got);
        Assert.Contains(ProviderProblem.Explain(refusal.Message), choice.Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_AvailableWithoutAGraphForm_SaysSo() =>
        Assert.Contains("no form",
            Choose(new FixedCatalog(null, "TensorrtExecutionProvider")).Reasons[0], StringComparison.Ordinal);

    [Fact]
    public void Choose_RequiredMissing_FailsNamingIt()
    {
        var error = Assert.Throws<ExecutionProviderException>(() =>
            Choose(new OnnxRuntimeCatalog(), ExecutionProvider.TensorRT));
        Assert.Contains("required execution provider TensorRT", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_CpuNotAmongThePreferred_FailsWithEveryReason() =>
        Assert.Contains("Cuda:",
            Assert.Throws<ExecutionProviderException>(() =>
                ExecutionProviders.Choose([ExecutionProvider.Cuda], null, new OnnxRuntimeCatalog(), _ => null)).Message,
            StringComparison.Ordinal);
}

/// <summary>A library with these providers; probing any of them throws the refusal.</summary>
internal sealed class FixedCatalog(Exception? refusal, params string[] available) : IExecutionProviderCatalog
{
    public IReadOnlyCollection<string> Available => available;

    public void Probe(ExecutionProvider provider)
    {
        if (refusal is not null) throw refusal;
    }
}
