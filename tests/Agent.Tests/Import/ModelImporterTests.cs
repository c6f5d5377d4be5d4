using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Platform;
using EdgeAgent.Tests.Bundles;

namespace EdgeAgent.Tests.Import;

public sealed class ModelImporterTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _bundle;

    public ModelImporterTests()
    {
        TinyStudent.Import(_directory.Path, Quantization.RoundToNearest).Dispose();
        _bundle = _directory.File("bundle");
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Import_Quantized_IsSmallerAndStillCloseToTheSource()
    {
        using var full = TinyStudent.Import(_directory.File("full"), Quantization.None);
        using var quantized = Bundle.Open(_bundle);
        Assert.True(new FileInfo(quantized.Weights.Path).Length < new FileInfo(full.Weights.Path).Length * 0.4);
        Assert.Equal(128, quantized.Manifest.Quantization.Block);
    }

    /// <summary>An import that breaks half-way leaves no half bundle, and the bundle that was there as it was.</summary>
    [Fact]
    public void Import_Interrupted_LeavesTheOldBundleAlone()
    {
        var before = File.ReadAllBytes(Path.Combine(_bundle, WeightNames.FileName));
        using var checkpoint = ModelImporter.Open(_directory.File("source"));
        var seen = 0;
        Assert.Throws<OperationCanceledException>(() => ModelImporter.Import(checkpoint, _bundle, new ImportOptions(), _ =>
        {
            if (++seen == 3) throw new OperationCanceledException();
        }));
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_bundle, WeightNames.FileName)));
        Assert.False(Directory.Exists(_bundle + ModelImporter.WorkSuffix));
        Assert.Throws<OperationCanceledException>(() =>
            ModelImporter.Import(checkpoint, _directory.File("new"), new ImportOptions(), _ => throw new OperationCanceledException()));
        Assert.False(Directory.Exists(_directory.File("new")));
    }

    [Theory]
    [InlineData("tokenizer.json", """{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"Magic"}}""", "Magic")]
    [InlineData("chat_template.jinja", "{% frobnicate %}", "'frobnicate'")]
    public void Import_UnusableTextSide_NamesTheCheckpointsFileAndKeepsTheOldBundle(string file, string content, string said)
    {
        var before = File.ReadAllBytes(Path.Combine(_bundle, Bundle.TokenizerFileName));
        File.WriteAllText(Path.Combine(_directory.File("source"), file), content);
        using var checkpoint = ModelImporter.Open(_directory.File("source"));
        var error = Assert.Throws<ModelFileException>(() => ModelImporter.Import(checkpoint, _bundle, new ImportOptions()));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.StartsWith($"{_directory.File("source")}, {file}:", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_bundle, Bundle.TokenizerFileName)));
    }

    [Fact]
    public void Import_CheckRefuses_KeepsTheOldBundleAndChecksACompleteOne()
    {
        var before = File.ReadAllBytes(Path.Combine(_bundle, StudentManifest.FileName));
        using var checkpoint = ModelImporter.Open(_directory.File("source"));
        Assert.Throws<InvalidDataException>(() => ModelImporter.Import(checkpoint, _bundle, new ImportOptions
        {
            Version = "9.9.9",
            Check = directory =>
            {
                using var bundle = Bundle.Open(directory);
                throw new InvalidDataException(bundle.Manifest.Version);
            },
        }));
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_bundle, StudentManifest.FileName)));
        Assert.Equal(["bundle", "source"], Directory.GetFileSystemEntries(_directory.Path).Select(Path.GetFileName).Order());
    }

    /// <summary>Stopped between the two renames, the old bundle lies beside its place; a failing import puts it back.</summary>
    [Fact]
    public void Import_AfterAStopBetweenTheRenames_HasTheOldBundleAgain()
    {
        Directory.Move(_bundle, _bundle + ".replaced");
        using var checkpoint = ModelImporter.Open(_directory.File("source"));
        Assert.Throws<OperationCanceledException>(() =>
            ModelImporter.Import(checkpoint, _bundle, new ImportOptions { Check = _ => throw new OperationCanceledException() }));
        Bundle.Open(_bundle).Dispose();
    }

    [Fact]
    public void Import_IntoAFolderWithOtherThings_IsRefusedAndTouchesNothing()
    {
        Directory.CreateDirectory(_directory.File("mine"));
        File.WriteAllText(Path.Combine(_directory.File("mine"), "thesis.txt"), "x");
        using var checkpoint = ModelImporter.Open(_directory.File("source"));
        Assert.Contains("a bundle to replace",
            Assert.Throws<ModelFileException>(() => ModelImporter.Import(checkpoint, _directory.File("mine"), new ImportOptions())).Message,
            StringComparison.Ordinal);
        Assert.Equal(["thesis.txt"], Directory.GetFiles(_directory.File("mine")).Select(Path.GetFileName));
    }
}
