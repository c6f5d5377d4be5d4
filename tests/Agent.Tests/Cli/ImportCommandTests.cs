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
        Assert.All(output.Split('\n'), line => Assert.InRange(line.EnumerateRunes().Count(), 0, 80));
        var manifest = File.ReadAllBytes(Path.Combine(_directory.File("bundle"), StudentManifest.FileName));

        File.WriteAllText(Path.Combine(_directory.File("source"), "chat_template.jinja"), "{{ raise_exception('no users here') }}");
        (code, _, error) = await Import(_directory.File("source"), "--release", "2");
        Assert.Equal(1, code);
        Assert.Contains("a bundle that passes lint: text", error, StringComparison.Ordinal);
        Assert.Contains("no users here", error, StringComparison.Ordinal);
        Assert.Equal(manifest, File.ReadAllBytes(Path.Combine(_directory.File("bundle"), StudentManifest.FileName)));
        Assert.Equal(["bundle", "source"], Directory.GetFileSystemEntries(_directory.Path).Select(Path.GetFileName).Order());
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
