using System.Numerics.Tensors;
using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Tests.Bundles;

namespace EdgeAgent.Tests.Inference.Graph;

/// <summary>The generated graph against the plain forward pass, with rotation inside the attention operator (head size 16).</summary>
public sealed class CpuDecoderGraphTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Graph_FullPrecision_MatchesTheReference(bool tied)
    {
        using var bundle = TinyStudent.Import(_directory.Path, Quantization.None, tied: tied);
        using var checkpoint = ModelImporter.Open(_directory.File("source"));
        var reference = new ReferenceDecoder(bundle.Manifest.Architecture, name => Read(checkpoint, name), tied, neighbourRotary: false);
        Assert.InRange(WorstDifference(bundle, reference), 0, 1e-3);
    }

    /// <summary>The reference has the same 4-bit weights in full precision: the difference is ONNX Runtime's 8-bit activations.</summary>
    [Fact]
    public void Graph_Int4_StaysCloseToTheDequantizedReference()
    {
        using var bundle = TinyStudent.Import(_directory.Path, Quantization.RoundToNearest);
        var reference = new ReferenceDecoder(bundle.Manifest.Architecture, name => Dequantized(bundle, name), tiedHead: false,
            neighbourRotary: false);
        var worst = WorstDifference(bundle, reference);
        TestContext.Current.TestOutputHelper?.WriteLine($"4-bit: maximum absolute logit difference {worst:E2}");
        Assert.InRange(worst, 0, 0.15);
    }

    /// <summary>
    /// A tied head reads the embedding's table: with float32 activations in the head (level 1) and 8-bit ones (level 4), the same rows
    /// that the embedding looks up.
    /// </summary>
    [Theory]
    [InlineData(8, 1)]
    [InlineData(8, 4)]
    [InlineData(4, 1)]
    [InlineData(4, 4)]
    public void Graph_TiedTable_MatchesTheDequantizedReference(int bits, int level)
    {
        using var bundle = TinyStudent.Import(_directory.Path, Quantization.RoundToNearest, tied: true, headBits: bits);
        Assert.Equal(new EmbeddingLayout(bits, 64, IsHead: true), bundle.Embedding);
        var reference = new ReferenceDecoder(bundle.Manifest.Architecture, name => Dequantized(bundle, name), tiedHead: true,
            neighbourRotary: false);
        // embeddings of this student are as large as 1, its logits as large as 40
        Assert.InRange(WorstDifference(bundle, reference, level: level), 0, level == 1 ? 2e-3 : 1);
    }

    /// <summary>A second real checkpoint (head size 16), with its SentencePiece model beside it.</summary>
    [Fact]
    public void Graph_BabyLlama_MatchesTheReference()
    {
        using var checkpoint = ModelImporter.Open(SharedData.Path("models", "babyllama105", "model5000.bin"));
        ModelImporter.Import(checkpoint, _directory.File("baby"), new ImportOptions { Quantization = Quantization.None });
        using var bundle = Bundle.Open(_directory.File("baby"));
        var a = bundle.Manifest.Architecture;
        float[] Weight(string name) => checkpoint.Read(name, name switch
        {
            "model.embed_tokens.weight" => [a.Vocabulary, a.Hidden],
            _ when name.Contains("norm", StringComparison.Ordinal) => [a.Hidden],
            _ when name.Contains("q_proj", StringComparison.Ordinal) || name.Contains("o_proj", StringComparison.Ordinal) =>
                [a.Hidden, a.Hidden],
            _ when name.Contains("k_proj", StringComparison.Ordinal) || name.Contains("v_proj", StringComparison.Ordinal) =>
                [a.KvHeads * a.HeadSize, a.Hidden],
            _ => [a.FeedForward, a.Hidden],
        });
        Assert.InRange(WorstDifference(bundle, new ReferenceDecoder(a, Weight, checkpoint.TiedHead, neighbourRotary: false), firstToken: 1,
            tokens: a.Vocabulary), 0, 1e-3);
    }

    [Fact]
    public void Graph_PrefillInChunks_EqualsPrefillAtOnce()
    {
        using var bundle = TinyStudent.Import(_directory.Path, Quantization.None);
        var ids = Enumerable.Range(0, 50).Select(i => (i * 37 + 5) % 256).ToArray();
        using var whole = new OnnxDecoder(bundle, new DecoderOptions { Rows = 1, Chunk = 64, Threads = 1, Spinning = false });
        using var chunked = new OnnxDecoder(bundle, new DecoderOptions { Rows = 1, Chunk = 7, Threads = 1, Spinning = false });
        var expected = whole.Prefill(0, ids, 0).ToArray();
        ReadOnlySpan<float> actual = [];
        for (var start = 0; start < ids.Length; start += 7)
            actual = chunked.Prefill(0, ids.AsSpan(start, Math.Min(7, ids.Length - start)), start);
        Assert.InRange(Difference(expected, actual), 0, 1e-3);
    }

    private static double WorstDifference(Bundle bundle, ReferenceDecoder reference, int firstToken = 65, int tokens = 256, int level = 4)
    {
        using var decoder = new OnnxDecoder(bundle,
            new DecoderOptions { Rows = 2, Chunk = 16, Threads = 1, Spinning = false, AccuracyLevel = level });
        double worst = 0;
        var token = firstToken;
        for (var position = 0; position < 40; position++)
        {
            var expected = reference.Step(token);
            worst = Math.Max(worst,
                Difference(expected, position == 0 ? decoder.Prefill(0, [token], 0) : decoder.Decode([token], [position])));
            token = TensorPrimitives.IndexOfMax<float>(expected) % tokens;
        }
        return worst;
    }

    private static double Difference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double worst = 0;
        for (var i = 0; i < expected.Length; i++) worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]));
        return worst;
    }

    private static long[] Shape(string name) => name switch
    {
        "model.embed_tokens.weight" or "lm_head.weight" => [TinyStudent.Vocabulary, TinyStudent.Hidden],
        _ when name.Contains("norm", StringComparison.Ordinal) => [TinyStudent.Hidden],
        _ when name.Contains("q_proj", StringComparison.Ordinal) => [TinyStudent.Heads * TinyStudent.HeadSize, TinyStudent.Hidden],
        _ when name.Contains("k_proj", StringComparison.Ordinal) || name.Contains("v_proj", StringComparison.Ordinal) =>
            [TinyStudent.KvHeads * TinyStudent.HeadSize, TinyStudent.Hidden],
        _ when name.Contains("o_proj", StringComparison.Ordinal) => [TinyStudent.Hidden, TinyStudent.Heads * TinyStudent.HeadSize],
        _ when name.Contains("down_proj", StringComparison.Ordinal) => [TinyStudent.Hidden, TinyStudent.FeedForward],
        _ => [TinyStudent.FeedForward, TinyStudent.Hidden],
    };

    private static float[] Read(ICheckpoint checkpoint, string name) => checkpoint.Read(name, Shape(name));

    /// <summary>A checkpoint's tensor [N, K], cut out of the bundle's fused linears and dequantized.</summary>
    private static float[] Dequantized(Bundle bundle, string name)
    {
        var shape = Shape(name);
        if (name == "model.embed_tokens.weight") return Embedding(bundle);
        if (name == "model.norm.weight") return bundle.Weights.Floats(WeightNames.FinalNorm, shape);
        if (name == "lm_head.weight") return Columns(bundle, WeightNames.Head, 0, (int)shape[0]);
        var layer = name.Split('.')[2];
        if (name.Contains("input_layernorm", StringComparison.Ordinal))
            return bundle.Weights.Floats($"layers.{layer}.attention_norm", shape);
        if (name.Contains("post_attention", StringComparison.Ordinal))
            return bundle.Weights.Floats($"layers.{layer}.feed_forward_norm", shape);
        const int q = TinyStudent.Heads * TinyStudent.HeadSize, kv = TinyStudent.KvHeads * TinyStudent.HeadSize;
        return name.Split('.')[^2] switch
        {
            "q_proj" => Columns(bundle, $"layers.{layer}.qkv", 0, q),
            "k_proj" => Columns(bundle, $"layers.{layer}.qkv", q, kv),
            "v_proj" => Columns(bundle, $"layers.{layer}.qkv", q + kv, kv),
            "o_proj" => Columns(bundle, $"layers.{layer}.attention_out", 0, TinyStudent.Hidden),
            "gate_proj" => Columns(bundle, $"layers.{layer}.gate_up", 0, TinyStudent.FeedForward),
            "up_proj" => Columns(bundle, $"layers.{layer}.gate_up", TinyStudent.FeedForward, TinyStudent.FeedForward),
            _ => Columns(bundle, $"layers.{layer}.down", 0, TinyStudent.Hidden),
        };
    }

    private static float[] Embedding(Bundle bundle)
    {
        var table = new EmbeddingTable(bundle);
        var values = new float[table.Vocabulary * table.Hidden];
        for (var id = 0; id < table.Vocabulary; id++) table.Read(id, values.AsSpan(id * table.Hidden, table.Hidden));
        return values;
    }

    private static float[] Columns(Bundle bundle, string linear, int first, int count)
    {
        var eight = bundle.Weights.Entries.TryGetValue(WeightNames.Int8(linear), out var packed);
        packed ??= bundle.Weights.Entry(WeightNames.Int4(linear));
        int k = (int)packed.Shape[0], n = (int)packed.Shape[1] * (eight ? 1 : 2), block = QuantizedMatrix.BlockFor(k);
        var all =
            new QuantizedMatrix(k, n, eight ? 8 : 4, block, bundle.Weights.Bytes(packed).ToArray(),
                bundle.Weights.Floats(WeightNames.Scale(linear), k / block, n)).Dequantize();
        var result = new float[count * k];
        for (var column = 0; column < count; column++)
            for (var row = 0; row < k; row++) result[column * k + row] = all[row * n + first + column];
        return result;
    }
}
