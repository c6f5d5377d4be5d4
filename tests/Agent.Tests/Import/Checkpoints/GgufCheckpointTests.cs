using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Cli;
using EdgeAgent.Import;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Import.Checkpoints;

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
