using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Import;
using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Tests.Bundles;

/// <summary>A generated Hugging Face directory with random weights: small, but with every part a real one has.</summary>
internal static class TinyStudent
{
    public const int Vocabulary = 260, Hidden = 64, Layers = 2, Heads = 4, KvHeads = 2, HeadSize = 16, FeedForward = 128, Context = 96;
    public const int End = 259;

    public static void WriteCheckpoint(string directory, int seed = 1, bool tied = false)
    {
        Directory.CreateDirectory(directory);
        var random = new Random(seed);
        float[] Random(long count, double scale) =>
            [.. Enumerable.Range(0, (int)count).Select(_ => (float)((random.NextDouble() * 2 - 1) * scale))];
        SafetensorsTensor Matrix(string name, int n, int k) => SafetensorsTensor.Of(name, Random((long)n * k, 1.5 / Math.Sqrt(k)), n, k);
        SafetensorsTensor Norm(string name) => SafetensorsTensor.Of(name, [.. Random(Hidden, 0.3).Select(v => 1 + v)], Hidden);
        var tensors =
            new List<SafetensorsTensor> { SafetensorsTensor.Of("model.embed_tokens.weight", Random((long)Vocabulary * Hidden, 1),
                Vocabulary, Hidden), Norm("model.norm.weight") };
        if (!tied) tensors.Add(Matrix("lm_head.weight", Vocabulary, Hidden));
        for (var i = 0; i < Layers; i++)
        {
            var p = $"model.layers.{i}.";
            tensors.AddRange([Norm(p + "input_layernorm.weight"), Norm(p + "post_attention_layernorm.weight"),
                Matrix(p + "self_attn.q_proj.weight", Heads * HeadSize, Hidden),
                Matrix(p + "self_attn.k_proj.weight", KvHeads * HeadSize, Hidden),
                Matrix(p + "self_attn.v_proj.weight", KvHeads * HeadSize, Hidden),
                Matrix(p + "self_attn.o_proj.weight", Hidden, Heads * HeadSize), Matrix(p + "mlp.gate_proj.weight", FeedForward, Hidden),
                Matrix(p + "mlp.up_proj.weight", FeedForward, Hidden), Matrix(p + "mlp.down_proj.weight", Hidden, FeedForward)]);
        }
        SafetensorsWriter.Write(Path.Combine(directory, "model.safetensors"), tensors);
        File.WriteAllText(Path.Combine(directory, "config.json"), $$"""
            {"model_type":"llama","hidden_size":{{Hidden}},"intermediate_size":{{FeedForward}},"num_hidden_layers":{{Layers}},
             "num_attention_heads":{{Heads}},"num_key_value_heads":{{KvHeads}},"head_dim":{{HeadSize}},"vocab_size":{{Vocabulary}},
             "max_position_embeddings":{{Context}},"rms_norm_eps":1e-5,"rope_theta":10000.0,
             "tie_word_embeddings":{{(tied ? "true" : "false")}},"eos_token_id":{{End}},"hidden_act":"silu"}
            """);
        File.WriteAllText(Path.Combine(directory, "tokenizer.json"), TokenizerJson());
        File.WriteAllText(Path.Combine(directory, "chat_template.jinja"),
            "{% for m in messages %}<|user|>{{ m['content'] }}{% endfor %}<|assistant|>");
    }

    /// <summary>A byte-level vocabulary without merges: id = byte, then pad, user, assistant, end.</summary>
    public static string TokenizerJson()
    {
        var vocabulary = Enumerable.Range(0, 256).ToDictionary(b => ByteAlphabet.Char((byte)b).ToString(), b => b);
        var added = new[] { "<|pad|>", "<|user|>", "<|assistant|>", "<|end|>" }.Select((content, i) =>
            new { id = 256 + i, content, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true });
        return JsonSerializer.Serialize(new
        {
            added_tokens = added,
            pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, use_regex = false },
            model = new { type = "BPE", vocab = vocabulary, merges = Array.Empty<string>() }
        });
    }

    public static Bundle Import(string directory, string quantization, int seed = 1, bool tied = false, int headBits = 8)
    {
        var source = Path.Combine(directory, "source");
        WriteCheckpoint(source, seed, tied);
        using var checkpoint = ModelImporter.Open(source);
        ModelImporter.Import(checkpoint, Path.Combine(directory, "bundle"),
            new ImportOptions { Quantization = quantization, Name = "tiny", HeadBits = headBits });
        return Bundle.Open(Path.Combine(directory, "bundle"));
    }
}
