using System.Text.Json;
using EdgeAgent.Tests.Inference.Graph.Forms;

namespace EdgeAgent.Tests.Cli;

/// <summary><c>model export</c> and <c>model lint --tensorrt</c>, as a user runs them.</summary>
public sealed class ModelExportCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _bundle;

    public ModelExportCommandTests()
    {
        _bundle = _directory.File("bundle");
        FormStudent.Write(_bundle, "llama offsets").Dispose();
    }

    public void Dispose() => _directory.Dispose();

    private Task<(int Code, string Output, string Error)> Export(string form, params string[] more) =>
        AgentProcess.RunAsync(null, ["model", "export", _bundle, "--form", form, "--out", _directory.File("out"), .. more]);

    [Theory]
    [InlineData("tensorrt", "10.16", "-fused")]
    [InlineData("tensorrt-10.3", "10.3", "")]
    public async Task Export_TensorRt_WritesBothGraphsAndComparesThemWithTheCpuForm(string form, string version, string attention)
    {
        var (code, output, error) = await Export(form, "--rows", "4", "--context", "40", "--chunk", "8", "--precision", "fp32", "--check");
        Assert.True(code == 0, error);
        Assert.Contains($"{form}-r4-s1-c48-fp32-int4{attention},", output, StringComparison.Ordinal);
        Assert.Matches($@"TensorRT {version}: takes (\d+) of \1 nodes", output);
        Assert.Matches("largest difference to the cpu form: [0-9.]+E-00[4-9] in a logit", output);
        using var written = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_directory.File("out"), "form.json"),
            TestContext.Current.CancellationToken));
        var graphs = written.RootElement.GetProperty("graphs").EnumerateArray().ToList();
        Assert.Equal(["decode.onnx", "prefill.onnx"], graphs.Select(g => g.GetProperty("file").GetString()));
        Assert.Equal(2, graphs.Select(g => g.GetProperty("provider_options").GetProperty("trt_engine_cache_prefix").GetString())
            .Distinct().Count());
    }

    [Theory]
    [InlineData("cuda", @"largest difference to the cpu form: (0\.00E\+000|[0-9.]+E-00[4-9]) in a logit", "--precision", "fp32")]
    [InlineData("cpu", "not compared: it is the cpu form")]
    public async Task Export_OtherForms_WriteOneGraph(string form, string comparison, params string[] more)
    {
        var (code, output, error) = await Export(form, [.. more, "--check"]);
        Assert.True(code == 0, error);
        Assert.Matches(comparison, output);
        Assert.Contains("model.onnx: graph ", output, StringComparison.Ordinal);
        Assert.Equal(["form.json", "model.onnx", "weights.safetensors"],
            Directory.GetFiles(_directory.File("out")).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("--rows 0", "1..64")]
    [InlineData("--chunk 5000", "1..4096")]
    [InlineData("--context 4", "--context expects 8..64, what the student can hold; found 4")]
    [InlineData("--context 65", "8..64")]
    [InlineData("--precision fp8", "fp16")]
    [InlineData("--linears int8", "int4")]
    public async Task Export_BadOption_IsRefusedWithWhatIsExpected(string option, string said)
    {
        var (code, _, error) = await Export("tensorrt", option.Split(' '));
        Assert.Equal(2, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.File("out")));
    }

    [Theory]
    [InlineData("rocm", "tensorrt-10.3")]
    [InlineData("cuda --attention matmul", "--attention is for --form tensorrt, found --form cuda")]
    [InlineData("cpu --precision fp16", "leave --precision and --linears out")]
    public async Task Export_BadForm_IsRefused(string arguments, string said)
    {
        var parts = arguments.Split(' ');
        var (code, _, error) = await Export(parts[0], parts[1..]);
        Assert.Equal(2, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_IntoTheBundleOrOverAFile_IsRefused()
    {
        var before = Directory.GetFiles(_bundle);
        var (code, _, error) = await AgentProcess.RunAsync(null, "model", "export", _bundle, "--form", "cuda", "--out", _bundle);
        Assert.Equal(2, code);
        Assert.Contains("--out is the bundle itself", error, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(_bundle));
        await File.WriteAllTextAsync(_directory.File("out"), "mine", TestContext.Current.CancellationToken);
        (code, _, error) = await Export("cuda");
        Assert.Equal(2, code);
        Assert.Contains("ends in .onnx", error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(_directory.File("out"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Lint_SaysWhichVersionTakesEveryNode()
    {
        var (code, output, error) = await AgentProcess.RunAsync(null, "model", "lint", _bundle);
        Assert.True(code == 0, error);
        Assert.Matches(@"TensorRT 10\.3, form tensorrt-10\.3: (\d+) of \1 nodes taken", output);
        Assert.Matches(@"TensorRT 10\.16, form tensorrt: (\d+) of \1 nodes taken", output);
        (code, output, _) = await AgentProcess.RunAsync(null, "model", "lint", _bundle, "--tensorrt", "10.3", "--json");
        Assert.Equal(0, code);
        var only = Assert.Single(JsonDocument.Parse(output).RootElement.GetProperty("tensorrt").EnumerateArray());
        Assert.Equal("10.3", only.GetProperty("version").GetString());
        (code, _, error) = await AgentProcess.RunAsync(null, "model", "lint", _bundle, "--tensorrt", "9");
        Assert.Equal(2, code);
        Assert.Contains("--tensorrt expects 10.3 or 10.16; found '9'", error, StringComparison.Ordinal);
    }

    /// <summary>A broken scale names the rule and each node that has it.</summary>
    [Fact]
    public async Task Lint_BrokenRule_NamesTheNodeAndExitsWithOne()
    {
        using (var bundle = EdgeAgent.Bundles.Bundle.Open(_bundle))
        {
            await using var file = new FileStream(bundle.Weights.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.Position = bundle.Weights.Entry("layers.1.down.scale").Offset;
            file.Write(BitConverter.GetBytes(-0.5f));
        }
        var (code, output, _) = await AgentProcess.RunAsync(null, "model", "lint", _bundle, "--tensorrt", "10.16");
        Assert.Equal(1, code);
        Assert.Matches(@"error DequantizeLinear_\d+: scale-positive: expected scales above 0; found -0\.5 in 'layers\.1\.down\.scale'",
            output);
        var errors = output.Split('\n').Count(l => l.StartsWith("error ", StringComparison.Ordinal));
        Assert.True(errors > 1, output);
        Assert.Contains($"{errors} errors", output, StringComparison.Ordinal);
    }
}
