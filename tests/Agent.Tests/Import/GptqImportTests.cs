using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Platform;
using EdgeAgent.Tests.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Import;

/// <summary>GPTQ and keep through the whole import, on a real trained checkpoint small enough for every run.</summary>
public sealed class GptqImportTests(Stories260K stories) : IClassFixture<Stories260K>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static ICheckpoint Open() => ModelImporter.Open(SharedData.Path("models", "stories260K", "stories260K.bin"));

    /// <summary>Stories the model itself tells, at temperature 1.</summary>
    private async Task<string[]> Tell(int count)
    {
        var tokenizer = TokenizerFile.Load(Path.Combine(stories.Bundle.Directory, Bundle.TokenizerFileName));
        using var engine = new DecodeEngine(Stories260K.Decoder(stories.Bundle, rows: 8), tokenizer, stories.Bundle.Manifest.EosIds,
            new EngineOptions(), TimeProvider.System, NullLogger.Instance);
        return await Task.WhenAll(Enumerable.Range(0, count).Select(async i =>
        {
            var text = "";
            await foreach (var e in engine.Submit(new GenerationRequest([Stories260K.Bos],
                new SamplingOptions { MaxTokens = 250, Temperature = 1, Seed = (ulong)i, IgnoreEos = true })).Events.ReadAllAsync(
                    TestContext.Current.CancellationToken)) text += e.Text;
            return text;
        }));
    }

    /// <summary>Mean squared difference of all logits from full precision, over texts that were not calibrated on.</summary>
    private double Loss(string bundle, IEnumerable<string> texts)
    {
        using var quantized = Bundle.Open(bundle);
        var tokenizer = TokenizerFile.Load(Path.Combine(bundle, Bundle.TokenizerFileName));
        var options = new DecoderOptions { Rows = 1, Chunk = 250, Threads = 1, Spinning = false, AllLogits = true, AccuracyLevel = 1 };
        using OnnxDecoder exact = new(stories.Bundle, options), ours = new(quantized, options);
        double sum = 0;
        long count = 0;
        foreach (var text in texts)
        {
            var ids = tokenizer.Encode(text).AsSpan();
            ids = ids[..Math.Min(ids.Length, 250)];
            var a = exact.Prefill(0, ids, 0).ToArray();
            var b = ours.Prefill(0, ids, 0);
            for (var i = 0; i < a.Length; i++, count++) sum += (a[i] - b[i]) * (double)(a[i] - b[i]);
        }
        return sum / count;
    }

    [Fact]
    public async Task Import_Gptq_IsClearlyCloserThanNearestOnTextItHasNotSeen()
    {
        using (var probe = Open()) { }
        var told = await Tell(40);
        File.WriteAllText(_directory.File("calibration.txt"), string.Join("\n", told[..32]));
        using (var checkpoint = Open()) ModelImporter.Import(checkpoint, _directory.File("rtn"), new ImportOptions { Block = 32 });
        IReadOnlyList<LinearReport> reports;
        using (var checkpoint = Open())
            reports = ModelImporter.Import(checkpoint, _directory.File("gptq"),
                new ImportOptions
                {
                    Block = 32,
                    Quantization = Quantization.Gptq,
                    Calibration = c => CalibrationText.Open(c, _directory.File("calibration.txt"), TimeProvider.System)
                });
        double nearest = Loss(_directory.File("rtn"), told[32..]), gptq = Loss(_directory.File("gptq"), told[32..]);
        TestContext.Current.TestOutputHelper?.WriteLine($"mean squared logit error: nearest {nearest:F4}, gptq {gptq:F4}");
        Assert.True(gptq < nearest * 0.7, $"{gptq} against {nearest}");
        Assert.All(reports.Where(r => r.Bits == 4), r => Assert.True(r.OutputError is > 0 and < 0.5, $"{r}"));
        Assert.True(StudentManifest.Load(_directory.File("gptq")).Quantization is { Method: Quantization.Gptq, CalibrationTokens: > 5000 });
    }

    /// <summary>With exact weights nothing drifts, and what reaches a linear is what the graph itself computes.</summary>
    [Fact]
    public void Calibration_WithExactWeights_SeesWhatTheGraphComputes()
    {
        using var checkpoint = Open();
        var a = checkpoint.Architecture;
        int[] window = [1, .. Enumerable.Range(0, 40).Select(i => 3 + i * 7 % 500)];
        using var run = new CalibrationRun(checkpoint, [window]);
        float[] last = [];
        foreach (var (name, k, n) in WeightNames.Linears(a))
        {
            if (name == WeightNames.Head) break;
            var weights = stories.Bundle.Weights.Floats(WeightNames.Float(name), k, n);
            run.Inputs(name, (served, exact, length) =>
            {
                Assert.Equal(exact, served);
                Assert.Equal(window.Length * k, length);
                last = served[^k..];
            });
            run.Replace(name, weights, weights);
        }
        // the residual stream behind the last layer, normed and through the head, is the graph's logits
        var state = run.State(0)[^a.Hidden..].ToArray();
        var norm = checkpoint.Vector(WeightNames.FinalNorm);
        var scale = 1 / Math.Sqrt(state.Sum(v => (double)v * v) / a.Hidden + a.RmsEpsilon);
        var head = stories.Bundle.Weights.Floats(WeightNames.Float(WeightNames.Head), a.Hidden, a.Vocabulary);
        using var decoder = Stories260K.Decoder(stories.Bundle, chunk: 64);
        var logits = decoder.Prefill(0, window, 0);
        for (var v = 0; v < a.Vocabulary; v++)
        {
            double sum = 0;
            for (var i = 0; i < a.Hidden; i++) sum += state[i] * scale * norm[i] * head[i * a.Vocabulary + v];
            Assert.Equal(sum, logits[v], 1e-3);
        }
    }

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
        foreach (var (name, k, n) in WeightNames.Linears(exact.Manifest.Architecture))
        {
            var four = kept.Weights.Entries.ContainsKey(WeightNames.Int4(name));
            var packed = kept.Weights.Entry(four ? WeightNames.Int4(name) : WeightNames.Int8(name));
            var offsets = kept.Weights.Entries.ContainsKey(WeightNames.Offset(name))
                ? kept.Weights.Floats(WeightNames.Offset(name), k / 32, n) : null;
            var ours =
                new QuantizedMatrix(k, n, four ? 4 : 8, 32, kept.Weights.Bytes(packed).ToArray(),
                    kept.Weights.Floats(WeightNames.Scale(name), k / 32, n), offsets).Dequantize();
            var theirs = exact.Weights.Floats(WeightNames.Float(name), k, n);
            if (type == "Q4_0" && name != WeightNames.Head) Assert.True(four, name);
            // parts in Q6_K have no grid of ours: nearest in 8 bits, within half a step
            var scales = kept.Weights.Floats(WeightNames.Scale(name), k / 32, n);
            for (var i = 0; i < ours.Length; i++) Assert.Equal(theirs[i], ours[i], four ? 1e-6 : 0.501 * scales[i / n / 32 * n + i % n]);
        }
        // and the graph adds the offsets up
        var options = new DecoderOptions { Rows = 1, Threads = 1, Spinning = false, AccuracyLevel = 1 };
        using OnnxDecoder whole = new(exact, options), compact = new(kept, options);
        int[] ids = [1, 5, 9, 200, 33, 7];
        var a = whole.Prefill(0, ids, 0).ToArray();
        var b = compact.Prefill(0, ids, 0);
        for (var i = 0; i < a.Length; i++) Assert.Equal(a[i], b[i], 0.1);
    }

    [Fact]
    public void Import_KeepWithoutAGrid_SaysWhatElseToDo()
    {
        using var checkpoint = Open();
        Assert.Contains("rtn or gptq",
            Assert.Throws<ModelFileException>(() =>
                ModelImporter.Import(checkpoint, _directory.File("x"), new ImportOptions { Quantization = Quantization.Keep })).Message,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.File("x")));
    }

    [Theory]
    [InlineData("too short", "at least 256 tokens")]
    [InlineData(null, "no such file")]
    public void Calibration_Unusable_IsNamed(string? text, string said)
    {
        if (text is not null) File.WriteAllText(_directory.File("c.txt"), text);
        using var checkpoint = Open();
        Assert.Contains(said,
            Assert.Throws<ModelFileException>(() =>
                CalibrationText.Open(checkpoint, _directory.File("c.txt"), TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Calibration_JsonLines_AreTextsAndConversations()
    {
        var lines = Enumerable.Range(0, 40)
            .SelectMany(i =>
                new[] { $$"""{"text":"Once upon a time there was a dog {{i}}."}""",
                    """{"messages":[{"role":"user","content":"Tell me of the cat."}]}""" });
        File.WriteAllLines(_directory.File("c.jsonl"), lines);
        using var checkpoint = Open();
        using (var run = CalibrationText.Open(checkpoint, _directory.File("c.jsonl"), TimeProvider.System))
            Assert.InRange(run.Tokens, 500, 4000);
        File.AppendAllText(_directory.File("c.jsonl"), "{\"other\":1}\n");
        Assert.Contains("line 81",
            Assert.Throws<ModelFileException>(() =>
                CalibrationText.Open(checkpoint, _directory.File("c.jsonl"), TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1000, 0, 512, 1, 512)]
    [InlineData(5120, 1, 512, 10, 512)]
    [InlineData(100_000, 0, 512, 64, 512)]
    [InlineData(300, 0, 512, 1, 300)]
    public void Windows_AnyText_AreSpreadOverIt(int tokens, int prefix, int window, int count, int length)
    {
        var windows = CalibrationText.Windows([.. Enumerable.Range(0, tokens)], [.. Enumerable.Repeat(-1, prefix)], window);
        Assert.Equal(count, windows.Count);
        Assert.All(windows, w => Assert.Equal(length, w.Length));
        Assert.Equal(0, windows[0][prefix]);
        if (count > 1) Assert.Equal(tokens - 1, windows[^1][^1]);
    }
}
