using EdgeAgent.Bundles;
using EdgeAgent.Tests.Bundles;

namespace EdgeAgent.Tests.Cli;

/// <summary><c>model build</c> as a user runs it on a machine without a GPU.</summary>
public sealed class ModelBuildCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _bundle;

    public ModelBuildCommandTests()
    {
        TinyStudent.Import(_directory.Path, Quantization.RoundToNearest).Dispose();
        _bundle = _directory.File("bundle");
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>It says what serves, in which form and why not the others, and leaves the prepared model.</summary>
    [Fact]
    public async Task Build_WithoutAGpu_PreparesForTheCpuAndSaysWhy()
    {
        var (code, output, error) = await AgentProcess.RunAsync(null, ["model", "build", _bundle, "--state", _directory.File("state")]);
        Assert.True(code == 0, error);
        Assert.Contains("serves on Cpu, form cpu (TensorRT: not in this ONNX Runtime build", output, StringComparison.Ordinal);
        Assert.Contains("; Cuda: not in this", output, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(_directory.File("state"), "seal.json", SearchOption.AllDirectories));
    }

    /// <summary>What the parent process asks of its child is refused with a sentence where there is no TensorRT.</summary>
    [Fact]
    public async Task Build_VariantWithoutTensorRt_SaysThatThereIsNothingToBuild()
    {
        var (code, _, error) = await AgentProcess.RunAsync(null,
            ["model", "build", _bundle, "--variant", "int4", "--store", _directory.File("engines")]);
        Assert.Equal(2, code);
        Assert.Contains("there is nothing to build: Cpu, form cpu (TensorRT: not in this", error, StringComparison.Ordinal);
    }
}
