using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Cli;
using EdgeAgent.Import;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Import.Gguf;

/// <summary>GGUF files through import and the graph in full precision, against reference numbers.</summary>
public sealed class GgufCheckpointTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private Student Import(string path, string quantization = Quantization.None)
    {
        using (var checkpoint = ModelImporter.Open(path))
            ModelImporter.Import(checkpoint, _directory.File("bundle"), new ImportOptions { Quantization = quantization });
        return Student.Load(_directory.File("bundle"),
            new StudentOptions { Decoder = new DecoderOptions { Rows = 1, Context = 2048, Spinning = false } }, TimeProvider.System,
            NullLogger.Instance);
    }

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];

    [Fact]
    public void Import_SmolLm2_GivesTheReferenceIdsLogitsAndText()
    {
        var folder = SharedData.Path("models", "smollm2-135m-instruct");
        using var student = Import(Path.Combine(folder, "SmolLM2-135M-Instruct.Q4_1.gguf"));
        using (var cases = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer-cases.json"))))
            foreach (var c in cases.RootElement.GetProperty("cases").EnumerateArray())
                Assert.Equal(Ints(c.GetProperty("ids")), student.Tokenizer.Encode(c.GetProperty("text").GetString()!, addSpecial: false));

        using var bundle = Bundle.Open(student.Directory);
        using var decoder = new OnnxDecoder(bundle, new DecoderOptions { Rows = 1, Context = 2048, Spinning = false });
        using var reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "reference.json")));
        var fixedIds = Ints(reference.RootElement.GetProperty("fixed_ids"));
        double worst = 0;
        foreach (var prompt in reference.RootElement.GetProperty("prompts").EnumerateArray())
        {
            var question = prompt.GetProperty("text").GetString()!;
            Assert.Equal(Ints(prompt.GetProperty("raw").GetProperty("ids")), student.Tokenizer.Encode(question, addSpecial: false));
            worst = Math.Max(worst, Check(student, decoder, prompt.GetProperty("raw"), "fixed", fixedIds, "", 2e-3));
            var (text, ids) = student.Prompt([new ChatTurn("user", question)]);
            Assert.Equal(prompt.GetProperty("chat").GetProperty("rendered").GetString(), text);
            Assert.Equal(Ints(prompt.GetProperty("chat").GetProperty("ids")), ids);
            worst = Math.Max(worst, Check(student, decoder, prompt.GetProperty("chat"), "fixed", fixedIds, "", 2e-3));
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"largest absolute logit difference {worst:E2}");
    }

    /// <summary>What the 4 bits cost a real model, as perplexity over full precision; and that full precision is the reference's.</summary>
    [Fact]
    public void Perplexity_SmolLm2_IsTheReferenceAndFourBitsStayWithinTheirBounds()
    {
        if (Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is null) Assert.Skip("takes minutes: part of tests/run --full");
        var folder = SharedData.Path("models", "smollm2-135m-instruct");
        var text = File.ReadAllText(Path.Combine(folder, "perplexity-text.txt"));
        double Measure(string name, ImportOptions options)
        {
            using (var checkpoint = ModelImporter.Open(Path.Combine(folder, "SmolLM2-135M-Instruct.Q4_1.gguf")))
                ModelImporter.Import(checkpoint, _directory.File(name), options);
            using var bundle = Bundle.Open(_directory.File(name));
            var perplexity = EdgeAgent.Evaluation.Perplexity.Measure(bundle, text, 512, accuracyLevel: 4, TimeProvider.System);
            Assert.Equal(4456, perplexity.Tokens);
            return perplexity.Value;
        }
        using var reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "perplexity.json")));
        var expected = reference.RootElement.GetProperty("perplexity").GetProperty("perplexity").GetDouble();
        var full = Measure("full", new ImportOptions { Quantization = Quantization.None });
        Assert.Equal(expected, full, expected * 1e-4);
        File.WriteAllText(_directory.File("calibration.txt"), CalibrationTexts());
        ICalibration Calibration(ICheckpoint checkpoint) =>
            CalibrationText.Open(checkpoint, _directory.File("calibration.txt"), TimeProvider.System);
        double near = Measure("b32", new ImportOptions { Block = 32 }) / full,
            far = Measure("b128", new ImportOptions { Block = 128 }) / full;
        var gptqNear = Measure("g32", new ImportOptions { Block = 32, Quantization = Quantization.Gptq, Calibration = Calibration }) / full;
        var gptqFar = Measure("g128", new ImportOptions { Block = 128, Quantization = Quantization.Gptq, Calibration = Calibration })
            / full;
        var kept = Measure("kept", new ImportOptions { Quantization = Quantization.Keep }) / full;
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

    [Theory]
    [InlineData("F16")]
    [InlineData("Q8_0")]
    [InlineData("Q4_0")]
    [InlineData("Q4_K_M")]
    [InlineData("Q6_K")]
    public void Import_TinyLlamaOfEveryType_GivesTheReferenceNumbers(string type)
    {
        var folder = SharedData.Path("models", "gguf-types", "tiny-llama");
        var file = $"tiny-llama-{type}.gguf";
        using var student = Import(Path.Combine(folder, file));
        using var bundle = Bundle.Open(student.Directory);
        using var decoder = new OnnxDecoder(bundle, new DecoderOptions { Rows = 1, Spinning = false });
        using var reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "reference.json")));
        foreach (var prompt in reference.RootElement.GetProperty("files").GetProperty(file).GetProperty("prompts").EnumerateArray())
        {
            if (prompt.TryGetProperty("text", out var text))
                Assert.Equal(Ints(prompt.GetProperty("ids")), student.Tokenizer.Encode(text.GetString()!));
            Check(student, decoder, prompt, "float32_logits", [.. Enumerable.Range(0, student.Manifest.Architecture.Vocabulary)],
                "float32_", 1e-3);
        }
    }

    /// <summary>Logits at the given ids, then the greedy text as far as its margins allow a judgement.</summary>
    private static double Check(Student student, OnnxDecoder decoder, JsonElement expected, string logitsName, int[] at, string prefix,
        double tolerance)
    {
        var ids = Ints(expected.GetProperty("ids"));
        ReadOnlySpan<float> logits = [];
        for (var start = 0; start < ids.Length; start += decoder.MaxChunk)
            logits = decoder.Prefill(0, ids.AsSpan(start, Math.Min(decoder.MaxChunk, ids.Length - start)), start);
        double worst = 0;
        var values = expected.GetProperty(logitsName).EnumerateArray().Select(v => v.GetDouble()).ToArray();
        for (var i = 0; i < at.Length; i++) worst = Math.Max(worst, Math.Abs(values[i] - logits[at[i]]));
        Assert.InRange(worst, 0, tolerance);
        var greedy = Ints(expected.GetProperty(prefix + "greedy_ids"));
        var margins = expected.GetProperty(prefix + "margins").EnumerateArray().Select(m => m.GetDouble()).ToArray();
        var (answer, _, _) = ModelInstruments.Generate(student,
            new GenerationRequest(ids, new SamplingOptions { MaxTokens = greedy.Length, IgnoreEos = true }));
        for (var i = 0; i < greedy.Length && margins[i] > tolerance; i++)
            Assert.True(answer[i] == greedy[i], $"token {i}: {answer[i]} instead of {greedy[i]} at a margin of {margins[i]}");
        return worst;
    }

    [Fact]
    public void Open_OtherArchitectureOrTokenizer_IsNamed()
    {
        var bytes = File.ReadAllBytes(SharedData.Path("models", "gguf-types", "tiny-llama", "tiny-llama-Q8_0.gguf"));
        var at = bytes.AsSpan().IndexOf("llama"u8);
        "mamba"u8.CopyTo(bytes.AsSpan(at));
        File.WriteAllBytes(_directory.File("other.gguf"), bytes);
        var error = Assert.Throws<ModelFileException>(() => ModelImporter.Open(_directory.File("other.gguf")));
        Assert.Contains("llama, qwen2, qwen3", error.Message, StringComparison.Ordinal);
        Assert.Contains("'mamba'", error.Message, StringComparison.Ordinal);
    }
}
