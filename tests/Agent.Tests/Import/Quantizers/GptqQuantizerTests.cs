using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Tests.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Import.Quantizers;

/// <summary>GPTQ through the whole import.</summary>
public sealed class GptqQuantizerTests(GeneratedLlama2c generated, Stories260K stories)
    : IClassFixture<GeneratedLlama2c>, IClassFixture<Stories260K>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Texts the model itself writes, at temperature 1.</summary>
    private static async Task<string[]> Write(Llama2cFixture model, int count)
    {
        var tokenizer = TokenizerFile.Load(Path.Combine(model.Bundle.Directory, Bundle.TokenizerFileName));
        using var engine = new DecodeEngine(Llama2cFixture.Decoder(model.Bundle, rows: 8), tokenizer, model.Bundle.Manifest.EosIds,
            new EngineOptions(), TimeProvider.System, NullLogger.Instance);
        return await Task.WhenAll(Enumerable.Range(0, count).Select(async i =>
        {
            var text = "";
            await foreach (var e in engine.Submit(new GenerationRequest([Llama2cFixture.Bos],
                new SamplingOptions { MaxTokens = 250, Temperature = 1, Seed = (ulong)i, IgnoreEos = true })).Events.ReadAllAsync(
                    TestContext.Current.CancellationToken)) text += e.Text;
            return text;
        }));
    }

    /// <summary>Mean squared difference of all logits from full precision, over texts that were not calibrated on.</summary>
    private static double Loss(Llama2cFixture model, string bundle, IEnumerable<string> texts)
    {
        using var quantized = Bundle.Open(bundle);
        var tokenizer = TokenizerFile.Load(Path.Combine(bundle, Bundle.TokenizerFileName));
        var options = new DecoderOptions { Rows = 1, Chunk = 250, Threads = 1, Spinning = false, AllLogits = true, AccuracyLevel = 1 };
        using OnnxDecoder exact = new(model.Bundle, options), ours = new(quantized, options);
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
    public Task Import_Gptq_IsClearlyCloserThanNearestOnTextItHasNotSeen() => IsClearlyCloserThanNearest(generated);

    [Fact]
    public Task Import_GptqOfATrainedCheckpoint_IsClearlyCloserThanNearestOnTextItHasNotSeen() => IsClearlyCloserThanNearest(stories);

    private async Task IsClearlyCloserThanNearest(Llama2cFixture model)
    {
        var texts = await Write(model, 40);
        File.WriteAllText(_directory.File("calibration.txt"), string.Join("\n", texts[..32]));
        using (var checkpoint = ModelImporter.Open(model.Checkpoint))
            ModelImporter.Import(checkpoint, _directory.File("rtn"), new ImportOptions { Block = 32 });
        IReadOnlyList<LinearReport> reports;
        using (var checkpoint = ModelImporter.Open(model.Checkpoint))
            reports = ModelImporter.Import(checkpoint, _directory.File("gptq"),
                new ImportOptions
                {
                    Block = 32,
                    Quantization = Quantization.Gptq,
                    Calibration = (c, _) => CalibrationText.Open(c, _directory.File("calibration.txt"), TimeProvider.System)
                }).Linears;
        double nearest = Loss(model, _directory.File("rtn"), texts[32..]), gptq = Loss(model, _directory.File("gptq"), texts[32..]);
        TestContext.Current.TestOutputHelper?.WriteLine($"mean squared logit error: nearest {nearest:F4}, gptq {gptq:F4}");
        Assert.True(gptq < nearest * 0.7, $"{gptq} against {nearest}");
        Assert.All(reports.Where(r => r.Bits == 4), r => Assert.True(r.OutputError is > 0 and < 0.5, $"{r}"));
        Assert.True(StudentManifest.Load(_directory.File("gptq")).Quantization is { Method: Quantization.Gptq, CalibrationTokens: > 5000 });
    }
}
