using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Evaluation;
using EdgeAgent.Import;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Import.Checkpoints;

namespace EdgeAgent.Tests.Evaluation;

public sealed class PerplexityTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>What the 4 bits cost a real model, as perplexity over full precision; and that full precision is the reference's.</summary>
    [Fact]
    public void Measure_SmolLm2_IsTheReferenceAndFourBitsStayWithinTheirBounds()
    {
        if (Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is null) Assert.Skip("takes minutes: part of tests/run --full");
        var folder = SharedData.Path("models", "smollm2-135m-instruct");
        var text = File.ReadAllText(Path.Combine(folder, "perplexity-text.txt"));
        double Measure(string name, ImportOptions options)
        {
            using (var checkpoint = ModelImporter.Open(Path.Combine(folder, "SmolLM2-135M-Instruct.Q4_1.gguf")))
                ModelImporter.Import(checkpoint, _directory.File(name), options);
            using var bundle = Bundle.Open(_directory.File(name));
            var perplexity = Perplexity.Measure(bundle, text, 512, accuracyLevel: 4, TimeProvider.System);
            Assert.Equal(4456, perplexity.Tokens);
            return perplexity.Value;
        }
        using var reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "perplexity.json")));
        var expected = reference.RootElement.GetProperty("perplexity").GetProperty("perplexity").GetDouble();
        var full = Measure("full", new ImportOptions { Quantization = Quantization.None });
        Assert.Equal(expected, full, expected * 1e-4);
        File.WriteAllText(_directory.File("calibration.txt"), CalibrationTexts());
        ICalibration Calibration(ICheckpoint checkpoint, string _) =>
            CalibrationText.Open(checkpoint, _directory.File("calibration.txt"), TimeProvider.System);
        double near = Measure("b32", new ImportOptions { Block = 32 }) / full,
            far = Measure("b128", new ImportOptions { Block = 128 }) / full;
        var gptqNear = Measure("g32", new ImportOptions { Block = 32, Quantization = Quantization.Gptq, Calibration = Calibration }) / full;
        var gptqFar = Measure("g128", new ImportOptions { Block = 128, Quantization = Quantization.Gptq, Calibration = Calibration })
            / full;
        var kept = Measure("kept", new ImportOptions { Quantization = Quantization.Keep }) / full;
        var written = Measure("self", new ImportOptions
        {
            Quantization = Quantization.Gptq,
            Calibration = (c, directory) => SelfWrittenText.Open(c, directory, new SelfWrittenOptions(), TimeProvider.System),
        }) / full;
        var small = Measure("small", new ImportOptions { Block = 128, HeadBits = 4 }) / full;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"gptq on its own text, block 128: x {written:F3}; nearest with a head of 4 bits: x {small:F3}");
        Assert.InRange(written, 1, 1.12);
        Assert.InRange(small, far, far * 1.25);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"full {full:F4}; block 32: nearest x {near:F3}, gptq x {gptqNear:F3}; block 128: nearest x {far:F3}, gptq x {gptqFar:F3}; " +
            $"kept x {kept:F4}");
        Assert.InRange(near, 1, 1.20);
        Assert.InRange(far, 1, 1.28);
        Assert.InRange(gptqNear, 1, Math.Min(1.08, near - 0.05));
        Assert.InRange(gptqFar, 1, Math.Min(1.12, far - 0.05));
        Assert.InRange(kept, 0.995, 1.005);
    }

    /// <summary>Text of another kind than the measured one: school sums, chat prompts, encyclopedia sentences.</summary>
    private static string CalibrationTexts()
    {
        var sums = File.ReadLines(SharedData.Path("eval", "gsm8k_test.jsonl")).Take(60).Select(line =>
        {
            using var document = JsonDocument.Parse(line);
            return $"{document.RootElement.GetProperty("question").GetString()}\n{document.RootElement.GetProperty("answer").GetString()}";
        });
        var chats = File.ReadLines(SharedData.Path("eval", "mt_bench_question.jsonl")).Select(line =>
        {
            using var document = JsonDocument.Parse(line);
            return string.Join('\n', document.RootElement.GetProperty("turns").EnumerateArray().Select(t => t.GetString()));
        });
        var sentences = string.Join(' ',
            File.ReadLines(SharedData.Path("ner", "en", "wikigold.conll.txt")).Select(l => l.Length == 0 ? "\n" : l.Split(' ')[0]));
        return string.Join("\n\n", [.. sums, .. chats, sentences[..90_000]]);
    }
}
