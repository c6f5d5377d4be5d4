using System.Text.Json.Nodes;
using EdgeAgent.Cli;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Foreign;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Inference.Decoders.Foreign;

/// <summary>Foreign ONNX decoders: onnxruntime-genai's layout, and optimum's made from it.</summary>
public sealed class ForeignDecoderTests(ForeignDecoderTests.Generated models) : IClassFixture<ForeignDecoderTests.Generated>
{
    /// <summary>Both generated models.</summary>
    public sealed class Generated : IDisposable
    {
        private readonly TemporaryDirectory _directory = new();

        public Generated()
        {
            foreach (var name in new[] { "gpt2", "lfm2" }) TinyForeignModel.Write(_directory.Path, name);
        }

        internal string Folder(string name) => _directory.File($"tiny-random-{name}-fp32");

        public void Dispose() => _directory.Dispose();
    }

    private static readonly int[] Prompt = [.. Enumerable.Range(0, 23).Select(i => (i * 37 + 5) % 1000)];

    private string Folder(string name) => models.Folder(name);

    private static string Exported(string name) => SharedData.Path("models", "genai", $"tiny-random-{name}-fp32");

    private static ForeignDecoder Open(string directory, int chunk = 64) =>
        new(ForeignModel.Load(directory), new DecoderOptions { Threads = 1, Chunk = chunk, Spinning = false });

    private static float[] Last(ForeignDecoder decoder, int[] ids, int chunk)
    {
        float[] last = [];
        for (var at = 0; at < ids.Length; at += chunk)
            last = decoder.Prefill(0, ids.AsSpan(at, Math.Min(chunk, ids.Length - at)), at).ToArray();
        return last;
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("lfm2")]
    public void Prefill_InPiecesAndTokenByToken_GivesTheSameLogits(string name) => GivesTheSameLogits(Folder(name), readsAll: true);

    /// <summary>Graphs of the exporter itself (third-party); its stub of lfm2 sees only the last token.</summary>
    [Theory]
    [InlineData("gpt2")]
    [InlineData("lfm2")]
    public void Prefill_ExportedGraph_GivesTheSameLogitsInPieces(string name) => GivesTheSameLogits(Exported(name), name == "gpt2");

    private static void GivesTheSameLogits(string folder, bool readsAll)
    {
        using var decoder = Open(folder);
        var whole = Last(decoder, Prompt, 64);
        var pieces = Last(decoder, Prompt, 7);
        var single = decoder.Prefill(0, Prompt.AsSpan(0, 1), 0).ToArray();
        for (var i = 1; i < Prompt.Length; i++) single = decoder.Decode(Prompt.AsSpan(i, 1), [i]).ToArray();
        Assert.Equal(1000, whole.Length);
        Assert.True(whole.Max() - whole.Min() > 1e-4);
        for (var i = 0; i < whole.Length; i++)
        {
            Assert.Equal(whole[i], pieces[i], 1e-4);
            Assert.Equal(whole[i], single[i], 1e-4);
        }
        if (readsAll) Assert.NotEqual(whole, Last(decoder, [1, 2, 3, Prompt[^1]], 64));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("lfm2")]
    public async Task Engine_ConcurrentRequests_AreServedOnOneRow(string name)
    {
        using var student = Student.Load(Folder(name),
            new StudentOptions { Decoder = new DecoderOptions { Rows = 4, Threads = 1, Spinning = false } }, TimeProvider.System,
            NullLogger.Instance);
        Assert.Equal(1, student.Rows);
        Assert.Equal($"tiny-random-{name}-fp32", student.Manifest.Name);
        using var decoder = Open(Folder(name));
        var expected = new List<int>();
        var logits = Last(decoder, Prompt, 64);
        for (var i = 0; i < 12; i++)
        {
            expected.Add(Array.IndexOf(logits, logits.Max()));
            logits = decoder.Decode([expected[^1]], [Prompt.Length + i]).ToArray();
        }
        var runs = await Task.WhenAll(Enumerable.Range(0, 3)
            .Select(_ =>
                Task.Run(() =>
                    ModelInstruments.Generate(student,
                        new GenerationRequest(Prompt, new SamplingOptions { MaxTokens = 12, IgnoreEos = true })))));
        Assert.All(runs, r => Assert.Equal(expected, r.Ids));
    }

    [Fact]
    public void Load_WithoutATokenizer_IdsWorkAndTextIsRefused()
    {
        using var student = Student.Load(Folder("lfm2"), new StudentOptions { Decoder = new DecoderOptions { Spinning = false } },
            TimeProvider.System, NullLogger.Instance);
        Assert.Contains("only token ids", Assert.Throws<ModelFileException>(() => student.Tokenizer.Encode("hello")).Message,
            StringComparison.Ordinal);
        Assert.Equal("<7><8>", student.Tokenizer.Decode([7, 8]));
    }

    [Fact]
    public void Load_OptimumLayout_IsRecognizedByItsFiles()
    {
        using var directory = new TemporaryDirectory();
        File.Copy(Path.Combine(Folder("gpt2"), "past.onnx"), directory.File("model.onnx"));
        File.WriteAllText(directory.File("config.json"), """{"model_type":"gpt2","vocab_size":1000,"n_positions":512,"eos_token_id":98}""");
        File.WriteAllText(directory.File("generation_config.json"), """{"eos_token_id":[98,99]}""");
        var model = ForeignModel.Load(directory.Path);
        Assert.Equal([98, 99], model.EosIds);
        using var ours = new ForeignDecoder(model, new DecoderOptions { Threads = 1, Spinning = false });
        using var theirs = Open(Folder("gpt2"));
        Assert.Equal(Last(theirs, Prompt, 64), Last(ours, Prompt, 64));
    }

    [Theory]
    [InlineData("model/decoder/filename", "\"../past.onnx\"", "inside the directory")]
    [InlineData("model/decoder/filename", "\"none.onnx\"", "no such file")]
    [InlineData("model/vocab_size", "0", "vocab_size in 1..1000000")]
    [InlineData("model/context_length", "\"x\"", "configuration of an ONNX decoder")]
    [InlineData("model/eos_token_id", "null", "eos_token_id")]
    [InlineData("model/decoder/inputs/past_names", "\"other_%d\"", "'past_0'")]
    [InlineData("model/decoder/outputs", "{\"logits\":\"scores\",\"present_names\":\"present_%d\"}", "an output 'scores'")]
    public void Configuration_Wrong_SaysWhat(string path, string value, string said)
    {
        using var directory = new TemporaryDirectory();
        File.Copy(Path.Combine(Folder("gpt2"), "past.onnx"), directory.File("past.onnx"));
        var root = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder("gpt2"), ForeignModel.GenAiFileName)))!;
        var parts = path.Split('/');
        var parent = parts[..^1].Aggregate(root, (node, part) => node[part]!);
        parent[parts[^1]] = JsonNode.Parse(value);
        File.WriteAllText(directory.File(ForeignModel.GenAiFileName), root.ToJsonString());
        Assert.Contains(said, Assert.Throws<ModelFileException>(() => Open(directory.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Graph_Unreadable_IsNamed()
    {
        using var directory = new TemporaryDirectory();
        File.Copy(Path.Combine(Folder("gpt2"), ForeignModel.GenAiFileName), directory.File(ForeignModel.GenAiFileName));
        File.WriteAllText(directory.File("past.onnx"), "no graph");
        Assert.Contains("past.onnx: expected a graph ONNX Runtime can load",
            Assert.Throws<ModelFileException>(() => Open(directory.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CommandLine_ForeignDirectory_IsInspectedAndRun()
    {
        var (code, output, error) = await Cli.AgentProcess.RunAsync(null, "model", "inspect", Folder("gpt2"));
        Assert.True(code == 0, error);
        Assert.Contains("\"past_4\"", output, StringComparison.Ordinal);
        (code, output,
            error) = await Cli.AgentProcess.RunAsync("{\"ids\":[1,2,3],\"max_tokens\":3,\"ignore_eos\":true}\n", "model", "generate",
                "--jsonl", "--model", Folder("gpt2"));
        Assert.True(code == 0, error);
        Assert.Equal(3, JsonNode.Parse(output)!["ids"]!.AsArray().Count);
    }

    [Fact]
    public void Calls_OutOfOrder_AreRefused()
    {
        using var decoder = Open(Folder("gpt2"));
        decoder.Prefill(0, [1, 2, 3], 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => { decoder.Prefill(0, [4], 7); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { decoder.Decode([4], [1]); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { decoder.Decode([1000], [3]); });
        decoder.Decode([4], [3]);
    }
}
