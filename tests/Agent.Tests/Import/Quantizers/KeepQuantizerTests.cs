using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Platform;
using EdgeAgent.Tests.Import.Checkpoints;

namespace EdgeAgent.Tests.Import.Quantizers;

public sealed class KeepQuantizerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("Q4_0")]
    [InlineData("Q4_K_M")]
    public void Import_Keep_LosesNothingOfTheSourcesGrid(string type)
    {
        var path = SharedData.Path("models", "gguf-types", "tiny-llama", $"tiny-llama-{type}.gguf");
        foreach (var method in new[] { Quantization.None, Quantization.Keep })
            using (var checkpoint = ModelImporter.Open(path))
                ModelImporter.Import(checkpoint, _directory.File(method), new ImportOptions { Quantization = method });
        using Bundle exact = Bundle.Open(_directory.File(Quantization.None)), kept = Bundle.Open(_directory.File(Quantization.Keep));
        Assert.Equal(32, kept.Manifest.Quantization.Block);
        // both are tied: the head is the embedding's table
        Assert.Equal(new EmbeddingLayout(8, 32, IsHead: true), kept.Embedding);
        EmbeddingTable table = new(kept), source = new(exact);
        float[] row = new float[table.Hidden], expected = new float[table.Hidden];
        var steps = kept.Weights.Floats(WeightNames.Scale(WeightNames.Embedding), table.Vocabulary, table.Hidden / 32);
        for (var id = 0; id < table.Vocabulary; id++)
        {
            table.Read(id, row);
            source.Read(id, expected);
            for (var i = 0; i < row.Length; i++) Assert.Equal(expected[i], row[i], 0.501 * steps[(id * row.Length + i) / 32]);
        }
        foreach (var (name, k, n) in WeightNames.Linears(exact.Manifest.Architecture).Where(l => l.Name != WeightNames.Head))
        {
            var four = kept.Weights.Entries.ContainsKey(WeightNames.Int4(name));
            var packed = kept.Weights.Entry(four ? WeightNames.Int4(name) : WeightNames.Int8(name));
            var offsets = kept.Weights.Entries.ContainsKey(WeightNames.Offset(name))
                ? kept.Weights.Floats(WeightNames.Offset(name), k / 32, n) : null;
            var ours =
                new QuantizedMatrix(k, n, four ? 4 : 8, 32, kept.Weights.Bytes(packed).ToArray(),
                    kept.Weights.Floats(WeightNames.Scale(name), k / 32, n), offsets).Dequantize();
            var theirs = exact.Weights.Floats(WeightNames.Float(name), k, n);
            if (type == "Q4_0") Assert.True(four, name);
            // parts in Q6_K have no grid of ours: nearest in 8 bits, within half a step
            var scales = kept.Weights.Floats(WeightNames.Scale(name), k / 32, n);
            for (var i = 0; i < ours.Length; i++) Assert.Equal(theirs[i], ours[i], four ? 1e-6 : 0.501 * scales[i / n / 32 * n + i % n]);
        }
        // and the graph adds the offsets up; the embedding, in Q6_K, is rounded to 8 bits too
        var options = new DecoderOptions { Rows = 1, Threads = 1, Spinning = false, AccuracyLevel = 1 };
        using OnnxDecoder whole = new(exact, options), compact = new(kept, options);
        int[] ids = [1, 5, 9, 200, 33, 7];
        var a = whole.Prefill(0, ids, 0).ToArray();
        var b = compact.Prefill(0, ids, 0);
        for (var i = 0; i < a.Length; i++) Assert.Equal(a[i], b[i], 0.4);
    }

    /// <summary>A tied Q8_0 embedding is on the grid of the table: nothing is rounded again.</summary>
    [Fact]
    public void Import_KeepOfATiedQ8Embedding_IsExact()
    {
        var path = SharedData.Path("models", "gguf-types", "tiny-llama", "tiny-llama-Q8_0.gguf");
        using var checkpoint = ModelImporter.Open(path);
        var a = checkpoint.Architecture;
        var form = new KeepQuantizer().Table(checkpoint, 32, 8);
        Assert.True(form is { Kept: true, Bits: 8, Block: 32 });
        var levels = new sbyte[a.Hidden];
        var scales = new float[a.Hidden / 32];
        var expected = checkpoint.Read(CheckpointTensors.Embedding, a.Vocabulary, a.Hidden);
        for (var id = 0; id < a.Vocabulary; id++)
        {
            form.Quantize(id, levels, scales);
            for (var i = 0; i < a.Hidden; i++) Assert.Equal(expected[id * a.Hidden + i], levels[i] * scales[i / 32], 1e-7);
        }
    }

    [Fact]
    public void Import_KeepWithoutAGrid_SaysWhatElseToDo()
    {
        using var checkpoint = ModelImporter.Open(TinyLlama2c.Write(_directory.File("source")));
        Assert.Contains("rtn or gptq",
            Assert.Throws<ModelFileException>(() =>
                ModelImporter.Import(checkpoint, _directory.File("x"), new ImportOptions { Quantization = Quantization.Keep })).Message,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.File("x")));
    }
}
