using System.Text.Json;
using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Tests.Inference.Tokenization;

/// <summary>Vectors of reference tokenizers that tests/e2e/tokenizers/run.sh makes.</summary>
public sealed class NpmTokenizerTests
{
    [Theory]
    [InlineData("qwen3")]
    [InlineData("llama2")]
    [InlineData("llama3")]
    [InlineData("deepseek_v3")]
    public void Encode_GeneratedStrings_EqualsTheReferenceAndRoundTrips(string name)
    {
        if (Environment.GetEnvironmentVariable("EDGE_AGENT_TOKENIZER_VECTORS") is not { Length: > 0 } folder)
        {
            Assert.Skip("run by tests/e2e/tokenizers/run.sh, which makes the vectors");
            return;
        }
        var tokenizer = TokenizerFile.Load(Path.Combine(folder, name + ".json"));
        var (count, mismatches, lossy) = (0, new List<string>(), new List<string>());
        foreach (var line in File.ReadLines(Path.Combine(folder, name + ".jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var text = document.RootElement.GetProperty("text").GetString()!;
            var expected = document.RootElement.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32()).ToArray();
            var actual = tokenizer.Encode(text, addSpecial: false);
            count++;
            if (!expected.AsSpan().SequenceEqual(actual))
                mismatches.Add(
                    $"{JsonSerializer.Serialize(text)}: expected [{string.Join(',', expected)}], found [{string.Join(',', actual)}]");
            var normal = name == "qwen3" ? EdgeAgent.Platform.UnicodeNormalizer.Normalize(text, System.Text.NormalizationForm.FormC) : text;
            // SentencePiece puts a space behind every special token, which decoding keeps
            if (name != "llama2" && tokenizer.Decode(actual, keepSpecial: true) != normal) lossy.Add(JsonSerializer.Serialize(text));
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {count} strings, {mismatches.Count} mismatches, {lossy.Count} lossy");
        Assert.True(mismatches.Count == 0, $"{mismatches.Count} of {count}: {string.Join("\n", mismatches.Take(8))}");
        Assert.True(lossy.Count == 0, $"{lossy.Count} of {count} lossy: {string.Join("\n", lossy.Take(5))}");
    }

    /// <summary>
    /// The shared vectors (texts apart by a marker line, ids a line) of vocabularies whose tokenizer.json the packages bring.
    /// </summary>
    [Theory]
    [InlineData("llama3", "llama-bpe")]
    [InlineData("qwen3", "qwen2")]
    [InlineData("qwen3", "deepseek-r1-qwen")]
    public void Encode_SharedVectors_GivesTheirIds(string name, string vectors)
    {
        if (Environment.GetEnvironmentVariable("EDGE_AGENT_TOKENIZER_VECTORS") is not { Length: > 0 } folder)
        {
            Assert.Skip("run by tests/e2e/tokenizers/run.sh, which brings the tokenizers");
            return;
        }
        var tokenizer = TokenizerFile.Load(Path.Combine(folder, name + ".json"));
        var texts = File.ReadAllText(SharedData.Path("tokenizers", vectors + ".inp")).Split("\n__ggml_vocab_test__\n");
        var ids = File.ReadAllLines(SharedData.Path("tokenizers", vectors + ".out"));
        Assert.True(ids.Length >= 30);
        for (var i = 0; i < ids.Length; i++)
            Assert.Equal(ids[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse),
                tokenizer.Encode(texts[i], addSpecial: false));
    }
}
