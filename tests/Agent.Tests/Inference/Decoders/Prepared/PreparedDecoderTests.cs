using EdgeAgent.Import;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Tests.Import.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Inference.Decoders.Prepared;

public sealed class PreparedDecoderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _bundle;

    public PreparedDecoderTests()
    {
        _bundle = _directory.File("bundle");
        using var checkpoint = ModelImporter.Open(TinyLlama2c.Write(_directory.File("source")));
        ModelImporter.Import(checkpoint, _bundle,
            new ImportOptions { Block = 32, Quantization = EdgeAgent.Bundles.Quantization.RoundToNearest });
    }

    private string Prepared => _directory.File("prepared");

    private float[] Logits(bool prepared, int accuracy = 4)
    {
        using var bundle = EdgeAgent.Bundles.Bundle.Open(_bundle);
        using var decoder = new OnnxDecoder(bundle, new DecoderOptions
        {
            Rows = 2,
            Threads = 1,
            Spinning = false,
            AccuracyLevel = accuracy,
            Prepared = prepared ? new PreparedStore(Prepared, TimeProvider.System, NullLogger.Instance) : null,
        });
        decoder.Prefill(1, [1, 403, 407, 261], 0);
        decoder.CopyRow(1, 0, 4);
        return decoder.Decode([378], [4]).ToArray();
    }

    [Fact]
    public void Decoder_Prepared_ComputesTheSame()
    {
        var expected = Logits(prepared: false);
        Assert.Equal(expected, Logits(prepared: true));
        var folder = Assert.Single(Directory.GetDirectories(Prepared));
        var graph = File.GetLastWriteTimeUtc(Path.Combine(folder, PreparedStore.GraphFile));
        Assert.Equal(expected, Logits(prepared: true));
        Assert.Equal(graph, File.GetLastWriteTimeUtc(Path.Combine(folder, PreparedStore.GraphFile))); // used, not made again
        Assert.True(File.Exists(Path.Combine(folder, PreparedStore.WeightsFile)));
    }

    /// <summary>The original weights are not read again: what serves is the prepared model.</summary>
    [Fact]
    public void Decoder_Damaged_IsPreparedAgain()
    {
        var expected = Logits(prepared: true);
        var weights = Path.Combine(Assert.Single(Directory.GetDirectories(Prepared)), PreparedStore.WeightsFile);
        var bytes = File.ReadAllBytes(weights);
        for (var i = 0; i < bytes.Length; i += 7) bytes[i] ^= 0x55;
        File.WriteAllBytes(weights, bytes);
        Assert.Equal(expected, Logits(prepared: true));
        Assert.NotEqual(bytes, File.ReadAllBytes(weights));
    }

    [Fact]
    public void Decoder_SealedButUnusable_LoadsWithoutIt()
    {
        var expected = Logits(prepared: true);
        var folder = Assert.Single(Directory.GetDirectories(Prepared));
        var seal = File.ReadAllText(Path.Combine(folder, PreparedStore.SealFile));
        var graph = File.ReadAllBytes(Path.Combine(folder, PreparedStore.GraphFile));
        var garbage = new byte[graph.Length];
        File.WriteAllBytes(Path.Combine(folder, PreparedStore.GraphFile), garbage);
        File.WriteAllText(Path.Combine(folder, PreparedStore.SealFile), seal.Replace(PreparedKey.Hash(graph), PreparedKey.Hash(garbage),
            StringComparison.Ordinal));
        Assert.Equal(expected, Logits(prepared: true));
    }

    [Fact]
    public void Decoder_OtherOptionsOrWeights_HaveTheirOwn()
    {
        Logits(prepared: true);
        Logits(prepared: true, accuracy: 1);
        File.SetLastWriteTimeUtc(Path.Combine(_bundle, EdgeAgent.Bundles.WeightNames.FileName), DateTime.UtcNow.AddHours(-1));
        Logits(prepared: true);
        Assert.Equal(3, Directory.GetDirectories(Prepared).Length);
    }

    public void Dispose() => _directory.Dispose();
}
