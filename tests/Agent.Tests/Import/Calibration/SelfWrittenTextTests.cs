using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Platform;
using EdgeAgent.Tests.Bundles;

namespace EdgeAgent.Tests.Import.Calibration;

/// <summary>The default import: a student writes text, and is calibrated on it.</summary>
public sealed class SelfWrittenTextTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public SelfWrittenTextTests() => TinyStudent.WriteCheckpoint(_directory.File("source"));

    public void Dispose() => _directory.Dispose();

    private ImportReport Import(string name, ulong seed = 1, int headBits = 8, string source = "source")
    {
        using var checkpoint = ModelImporter.Open(_directory.File(source));
        return ModelImporter.Import(checkpoint, _directory.File(name), new ImportOptions
        {
            Quantization = Quantization.Gptq,
            HeadBits = headBits,
            Calibration = (c, directory) => SelfWrittenText.Open(c, directory, new SelfWrittenOptions { Tokens = 2048, Seed = seed },
                TimeProvider.System),
        });
    }

    private byte[] Weights(string name) => File.ReadAllBytes(Path.Combine(_directory.File(name), WeightNames.FileName));

    [Fact]
    public void Import_SameSeed_GivesIdenticalBundlesAndAnotherSeedAnother()
    {
        Import("a");
        Import("b");
        Import("c", seed: 2);
        Assert.Equal(Weights("a"), Weights("b"));
        Assert.NotEqual(Weights("a"), Weights("c"));
        Assert.Equal(["a", "b", "c", "source"], Directory.GetFileSystemEntries(_directory.Path).Select(Path.GetFileName).Order());
        Assert.False(Directory.Exists(Path.Combine(_directory.File("a"), "draft")));
    }

    /// <summary>The report's figures are perplexities of the checkpoint and of the bundle on windows that were not calibrated on.</summary>
    [Fact]
    public void Import_SelfWritten_ReportsWhatItCostOnHeldBackText()
    {
        var report = Import("a");
        Assert.InRange(report.Quantization.CalibrationTokens, 1900, 2200);
        Assert.Equal(report.Quantization, StudentManifest.Load(_directory.File("a")).Quantization);
        Assert.NotNull(report.Cost);
        Assert.Equal("the student wrote", report.Cost.Text);
        Assert.InRange(report.Cost.Tokens, 200, 400);
        Assert.InRange(report.Cost.Full.Tokens, 200, 400);
        Assert.Equal(report.Cost.Full.Tokens, report.Cost.Served.Tokens);
        // a random student predicts its own text better than chance, in 4 bits a little less well
        Assert.InRange(report.Cost.Full.Perplexity, 2, TinyStudent.Vocabulary - 50);
        Assert.InRange(report.Cost.Ratio, 0.98, 1.5);
    }

    [Fact]
    public void Import_FourHeadBits_CostsMoreThanEight() =>
        Assert.True(Import("four", headBits: 4).Cost!.Ratio > Import("eight").Cost!.Ratio);

    [Fact]
    public void Open_LogitsThatAreNoNumbers_NamesTheCheckpoint()
    {
        var gguf = new Gguf.TinyGguf();
        Array.Fill(gguf.Tensors["output_norm.weight"].Values, 1e38f);
        gguf.Write(_directory.File("model.gguf"));
        var error = Assert.Throws<ModelFileException>(() => Import("bad", source: "model.gguf"));
        Assert.Contains("a student that writes text to calibrate on", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.File("bad")));
    }
}
