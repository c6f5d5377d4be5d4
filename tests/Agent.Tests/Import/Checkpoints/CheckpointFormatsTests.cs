using System.Text;
using EdgeAgent.Import;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Platform;
using EdgeAgent.Tests.Bundles;

namespace EdgeAgent.Tests.Import.Checkpoints;

public sealed class CheckpointFormatsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Recognizes_OneSourceOfEachFormat_OnlyThatFormatDoes()
    {
        TinyStudent.WriteCheckpoint(_directory.File("huggingface"));
        var sources = new Dictionary<Type, string>
        {
            [typeof(HuggingFaceFormat)] = _directory.File("huggingface"),
            [typeof(GgufFormat)] = SharedData.Path("models", "gguf-types", "tiny-llama", "tiny-llama-Q8_0.gguf"),
            [typeof(Llama2cFormat)] = TinyLlama2c.Write(_directory.File("llama2c")),
        };
        Assert.Equal(sources.Keys.Order(TypeNames), CheckpointFormats.All.Select(f => f.GetType()).Order(TypeNames));
        foreach (var (format, path) in sources)
        {
            Assert.Equal([format], CheckpointFormats.All.Where(f => f.Recognizes(path)).Select(f => f.GetType()));
            using var checkpoint = ModelImporter.Open(path);
            Assert.NotEmpty(checkpoint.EosIds);
        }
    }

    [Fact]
    public void Open_NoFormatRecognizesIt_ListsThemAll()
    {
        File.WriteAllText(_directory.File("x.onnx"), "x");
        foreach (var (path, found) in new[] { ("x.onnx", "something else"), ("none", "no such file or directory") })
        {
            var error = Assert.Throws<ModelFileException>(() => ModelImporter.Open(_directory.File(path)));
            Assert.All(CheckpointFormats.All, f => Assert.Contains(f.Description, error.Expected, StringComparison.Ordinal));
            Assert.Equal(found, error.Found);
        }
    }

    /// <summary>What help prints comes from the lists of formats and methods, so that a new one is in it.</summary>
    [Fact]
    public async Task Help_OfImport_ListsFormatsAndMethods()
    {
        var (code, output, _) = await Cli.AgentProcess.RunAsync(null, "model", "import", "--help");
        Assert.Equal(0, code);
        var text = new StringBuilder().AppendJoin(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToString();
        Assert.All(CheckpointFormats.All, f => Assert.Contains(f.Description, text, StringComparison.Ordinal));
        Assert.All(EdgeAgent.Import.Quantizers.QuantizationMethods.All,
            q => Assert.Contains($"{q.Name}: {q.Description}", text, StringComparison.Ordinal));
    }

    private static readonly IComparer<Type> TypeNames = Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name));
}
