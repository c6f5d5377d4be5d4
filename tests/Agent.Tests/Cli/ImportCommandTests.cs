using EdgeAgent.Bundles;
using EdgeAgent.Tests.Bundles;
using EdgeAgent.Tests.Import.Gguf;

namespace EdgeAgent.Tests.Cli;

/// <summary><c>edge-agent model import</c> as a user runs it.</summary>
public sealed class ImportCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private Task<(int Code, string Output, string Error)> Import(string source, params string[] more) =>
        AgentProcess.RunAsync(null, ["model", "import", "--from", source, "--out", _directory.File("bundle"), .. more]);

    [Fact]
    public async Task Import_OverAGoodBundle_ReplacesItOnlyWhenTheNewOneIsSound()
    {
        TinyStudent.WriteCheckpoint(_directory.File("source"));
        var (code, output, error) = await Import(_directory.File("source"));
        Assert.True(code == 0, error);
        Assert.Contains("sample answer: ", output, StringComparison.Ordinal);
        Assert.Matches(@"4 bits \(gptq, block 128, [\d,]+ tokens the student wrote\): perplexity \d+\.\d -> \d+\.\d \(\d\.\d\dx\) on "
            + @"[\d,]+ held-back tokens of the same text", System.Text.RegularExpressions.Regex.Replace(output, @"\s+", " "));
        Assert.All(output.Split('\n'), line => Assert.InRange(line.EnumerateRunes().Count(), 0, 80));
        var manifest = File.ReadAllBytes(Path.Combine(_directory.File("bundle"), StudentManifest.FileName));

        File.WriteAllText(Path.Combine(_directory.File("source"), "chat_template.jinja"), "{{ raise_exception('no users here') }}");
        (code, _, error) = await Import(_directory.File("source"), "--release", "2", "--quant", "rtn");
        Assert.Equal(1, code);
        Assert.Contains("a bundle that passes lint: text", error, StringComparison.Ordinal);
        Assert.Contains("no users here", error, StringComparison.Ordinal);
        Assert.Equal(manifest, File.ReadAllBytes(Path.Combine(_directory.File("bundle"), StudentManifest.FileName)));
        Assert.Equal(["bundle", "source"], Directory.GetFileSystemEntries(_directory.Path).Select(Path.GetFileName).Order());
    }

    /// <summary>A file in 4 bits keeps them; rounding is what one must ask for.</summary>
    [Theory]
    [InlineData("keep", "not rounded a second time")]
    [InlineData("rtn", "4 bits (rtn, block 64, head 4 bits): perplexity not measured",
        "--quant", "rtn", "--block", "64", "--head-bits", "4")]
    [InlineData("gptq", "tokens the student wrote", "--quant", "gptq", "--calibration-tokens", "512", "--seed", "7")]
    public async Task Import_FileInFourBits_IsKeptUnlessAMethodIsNamed(string method, string said, params string[] more)
    {
        var (code, output, error) = await Import(SharedData.Path("models", "gguf-types", "tiny-llama", "tiny-llama-Q4_0.gguf"), more);
        Assert.True(code == 0, error);
        Assert.Contains(said, System.Text.RegularExpressions.Regex.Replace(output, @"\s+", " "), StringComparison.Ordinal);
        Assert.Equal(method, StudentManifest.Load(_directory.File("bundle")).Quantization.Method);
    }

    [Theory]
    [InlineData("--seed is for --quant gptq, found --quant rtn", "--quant", "rtn", "--seed", "2")]
    [InlineData("--head-bits is for --quant rtn or gptq, found --quant none", "--quant", "none", "--head-bits", "4")]
    [InlineData("--calibration is for --quant gptq, found --quant rtn", "--quant", "rtn", "--calibration", "x.txt")]
    [InlineData("--seed is for the text that the student writes itself", "--calibration", "x.txt", "--seed", "2")]
    [InlineData("8 or 4", "--head-bits", "3")]
    [InlineData("512 to 1048576", "--calibration-tokens", "100")]
    public async Task Import_OptionsThatDoNotGoTogether_AreNamed(string said, params string[] more)
    {
        TinyStudent.WriteCheckpoint(_directory.File("source"));
        var (code, _, error) = await Import(_directory.File("source"), more);
        Assert.Equal(2, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_BlockOfAKeptFile_SaysThatKeepingIsTheDefault()
    {
        var (code, _, error) = await Import(SharedData.Path("models", "gguf-types", "tiny-llama", "tiny-llama-Q4_0.gguf"), "--block", "64");
        Assert.Equal(2, code);
        Assert.Contains("--quant keep (the default for this checkpoint) has blocks of 32, found --block 64", error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_WeightsThatLintRefuses_LeavesNoBundle()
    {
        var gguf = new TinyGguf();
        Array.Fill(gguf.Tensors["output_norm.weight"].Values, 1e9f); // no number of half precision
        var (code, _, error) = await Import(gguf.Write(_directory.File("model.gguf")), "--quant", "none");
        Assert.Equal(1, code);
        Assert.Contains("model.gguf: expected a bundle that passes lint: finite-values", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.File("bundle")));
    }
}
