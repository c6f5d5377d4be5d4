using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Tests.Bundles;

namespace EdgeAgent.Tests.Import;

/// <summary>A bundle with the default sizes is at most 1.05 times the bytes of the same checkpoint's Q4_0 GGUF.</summary>
public sealed class BundleSizeTests : IDisposable
{
    private const double Most = 1.05;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>
    /// Bytes of the tensors in Q4_0: 18 for 32 weights of a linear, 34 for 32 of a tied embedding (Q8_0), 4 for a norm or bias. Untied, the
    /// embedding is Q4_0 and the head Q6_K: 210 for 256.
    /// </summary>
    private static double Q4_0(Architecture a, bool tied)
    {
        var layers = WeightNames.Linears(a).Where(l => l.Name != WeightNames.Head).Sum(l => (double)l.K * l.N) * 18 / 32;
        var table = (double)a.Vocabulary * a.Hidden;
        return layers + WeightNames.Vectors(a).Sum(v => 4.0 * v.Length) + table * (tied ? 34.0 / 32 : 18.0 / 32 + 210.0 / 256);
    }

    [Theory]
    [InlineData(true, 4)]
    [InlineData(true, 8)]
    [InlineData(false, 8)]
    public void Import_TinyStudent_IsAsSmallAsQ4_0(bool tied, int headBits)
    {
        using var bundle = TinyStudent.Import(_directory.Path, Quantization.RoundToNearest, tied: tied, headBits: headBits);
        var bytes = bundle.Weights.Entries.Values.Sum(e => e.Length);
        // untied, a vocabulary that is as large as the layers is in 8 bits twice: 0.2 bytes a value more than in Q4_0 and Q6_K
        var more = tied ? 0 : 0.8 * TinyStudent.Vocabulary * TinyStudent.Hidden;
        Assert.InRange(bytes, 1, Most * (Q4_0(bundle.Manifest.Architecture, tied) + more));
    }

    /// <summary>The whole bundle against the whole file: 89.9 MB of tensors in Q4_0, and the metadata of the file at hand.</summary>
    [Fact]
    public void Import_SmolLm2_IsAsSmallAsQ4_0()
    {
        var file = SharedData.Path("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
        using (var checkpoint = ModelImporter.Open(file))
            ModelImporter.Import(checkpoint, _directory.File("bundle"), new ImportOptions());
        using var bundle = Bundle.Open(_directory.File("bundle"));
        var a = bundle.Manifest.Architecture;
        var tensors = Q4_0(a, tied: true);
        Assert.InRange(tensors, 89.9e6, 90.0e6);
        // the file has the same linears in Q4_1: 20 bytes for 32
        var metadata = new FileInfo(file).Length - (tensors
            + WeightNames.Linears(a).Where(l => l.Name != WeightNames.Head).Sum(l => (double)l.K * l.N) * 2 / 32);
        Assert.InRange(metadata, 1e6, 3e6);
        var ours = Directory.GetFiles(_directory.File("bundle")).Sum(f => new FileInfo(f).Length);
        TestContext.Current.TestOutputHelper?.WriteLine($"{ours / 1e6:F2} MB, Q4_0 {(tensors + metadata) / 1e6:F2} MB");
        Assert.InRange(ours, 1, Most * (tensors + metadata));
        Assert.InRange(new FileInfo(bundle.Weights.Path).Length, 1, Most * tensors);
    }
}
