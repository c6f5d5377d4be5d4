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
using EdgeAgent.Tests.Bundles;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Import.Checkpoints;

/// <summary>
/// Hugging Face directories with reference numbers, in full precision: ids, logits, greedy text, chat. And what is refused.
/// </summary>
public sealed class HuggingFaceCheckpointTests : IDisposable
{
    private const double LogitTolerance = 1e-3;
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    public static TheoryData<string, string> Models
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var model in new[] { "llama-linearrope-bf16", "llama-llama3rope-sharded-f16", "qwen2-tied-bias-f32", "qwen2-yarn-f16",
                "qwen3-untied-qknorm-bf16" })
                foreach (var style in new[] { "config.json", "config.transformers5.json" }) data.Add(model, style);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Import_EitherConfigStyle_GivesTheReferenceNumbers(string model, string config)
    {
        var source = Directory.CreateDirectory(_directory.File("source")).FullName;
        foreach (var file in Directory.GetFiles(SharedData.Path("models", "tiny", model)))
            File.Copy(file, Path.Combine(source, Path.GetFileName(file)));
        if (config != "config.json") File.Copy(Path.Combine(source, config), Path.Combine(source, "config.json"), overwrite: true);
        using (var checkpoint = ModelImporter.Open(source))
            ModelImporter.Import(checkpoint, _directory.File("bundle"), new ImportOptions { Quantization = Quantization.None });

        using var student = Student.Load(_directory.File("bundle"),
            new StudentOptions { Decoder = new DecoderOptions { Rows = 1, Threads = 1, Spinning = false } }, TimeProvider.System,
            NullLogger.Instance);
        using var bundle = Bundle.Open(_directory.File("bundle"));
        using var decoder = new OnnxDecoder(bundle, new DecoderOptions { Rows = 1, Threads = 1, Spinning = false });
        using var reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(source, "reference.json")));
        double worst = 0;
        foreach (var prompt in reference.RootElement.GetProperty("prompts").EnumerateArray())
        {
            var ids = Ints(prompt.GetProperty("ids"));
            Assert.Equal(ids, student.Tokenizer.Encode(prompt.GetProperty("text").GetString()!));
            worst = Math.Max(worst, Check(student, decoder, prompt, ids));
        }
        var chat = reference.RootElement.GetProperty("chat");
        var turns = chat.GetProperty("messages").EnumerateArray()
            .Select(m => new ChatTurn(m.GetProperty("role").GetString()!, m.GetProperty("content").GetString()!)).ToList();
        var (text, chatIds) = student.Prompt(turns);
        Assert.Equal(chat.GetProperty("rendered").GetString(), text);
        Assert.Equal(Ints(chat.GetProperty("ids")), chatIds);
        worst = Math.Max(worst, Check(student, decoder, chat, chatIds));
        TestContext.Current.TestOutputHelper?.WriteLine($"{model}: largest absolute logit difference {worst:E2}");
    }

    [Fact]
    public void Open_OtherArchitecture_IsNamed()
    {
        var source = _directory.File("qwen");
        TinyStudent.WriteCheckpoint(source);
        var config = Path.Combine(source, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"llama\"", "\"qwen9\"", StringComparison.Ordinal));
        var error = Assert.Throws<ModelFileException>(() => ModelImporter.Open(source));
        Assert.Contains("'qwen9'", error.Message, StringComparison.Ordinal);
        Assert.Contains("llama, qwen2, qwen3", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"dynamic\",\"factor\":2.0}", "'dynamic'")]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":2.0,\"mscale\":1.0}", "mscale")]
    [InlineData("\"attention_bias\":true", "attention_bias false")]
    [InlineData("\"use_sliding_window\":true", "use_sliding_window false")]
    [InlineData("\"attn_logit_softcapping\":50.0", "no attn_logit_softcapping")]
    public void Open_WhatTheGraphLacks_IsRefusedNotIgnored(string setting, string said)
    {
        var source = _directory.File("refused");
        TinyStudent.WriteCheckpoint(source);
        var config = Path.Combine(source, "config.json");
        File.WriteAllText(config,
            File.ReadAllText(config).Replace("\"hidden_act\"", setting + ",\"hidden_act\"", StringComparison.Ordinal));
        Assert.Contains(said, Assert.Throws<ModelFileException>(() => ModelImporter.Open(source)).Message, StringComparison.Ordinal);
    }

    private static double Check(Student student, OnnxDecoder decoder, JsonElement expected, int[] ids)
    {
        var logits = expected.GetProperty("logits").EnumerateArray().Select(l => l.GetDouble()).ToArray();
        ReadOnlySpan<float> actual = [];
        for (var start = 0; start < ids.Length; start += decoder.MaxChunk)
            actual = decoder.Prefill(0, ids.AsSpan(start, Math.Min(decoder.MaxChunk, ids.Length - start)), start);
        double worst = 0;
        for (var i = 0; i < logits.Length; i++) worst = Math.Max(worst, Math.Abs(logits[i] - actual[i]));
        Assert.InRange(worst, 0, LogitTolerance);

        var greedy = Ints(expected.GetProperty("greedy_ids"));
        var margins = expected.GetProperty("margins").EnumerateArray().Select(m => m.GetDouble()).ToArray();
        var (answer, _, _) = ModelInstruments.Generate(student,
            new GenerationRequest(ids, new SamplingOptions { MaxTokens = greedy.Length, IgnoreEos = true }));
        for (var i = 0; i < greedy.Length; i++)
        {
            if (answer[i] == greedy[i]) continue;
            Assert.True(margins[i] <= 2 * LogitTolerance, $"token {i}: {answer[i]} instead of {greedy[i]} at a margin of {margins[i]}");
            break; // after a fair other choice the texts differ
        }
        return worst;
    }

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];
}
