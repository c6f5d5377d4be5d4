using System.Diagnostics;
using System.Runtime.InteropServices;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Import;

namespace EdgeAgent.Benchmarks;

/// <summary>Speed and memory of a 4-bit import: a generated F16 checkpoint with the layer sizes of a 1.1 B Llama, fewer layers.</summary>
internal static class ImportBenchmark
{
    private const int Hidden = 2048, FeedForward = 5632, Heads = 32, KvHeads = 4, Vocabulary = 32_000, Layers = 6;

    public static int Run()
    {
        var directory = Directory.CreateTempSubdirectory("edge-agent-import-").FullName;
        try
        {
            var source = Directory.CreateDirectory(Path.Combine(directory, "source")).FullName;
            Write(source);
            var bytes = new FileInfo(Path.Combine(source, "model.safetensors")).Length;
            var clock = Stopwatch.StartNew();
            using (var checkpoint = ModelImporter.Open(source))
                ModelImporter.Import(checkpoint, Path.Combine(directory, "bundle"), new ImportOptions());
            using var process = Process.GetCurrentProcess();
            Console.WriteLine(
                $"{bytes / 1e6:F0} MB of F16 in {clock.Elapsed.TotalSeconds:F1} s: {bytes / 1e6 / clock.Elapsed.TotalSeconds:F0} MB/s, " +
                $"{Environment.ProcessorCount} cores, peak memory {process.PeakWorkingSet64 / 1e6:F0} MB (mapped files included)");
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Write(string directory)
    {
        var random = new Random(1);
        var row = new Half[1 << 16];
        for (var i = 0; i < row.Length; i++)
            row[i] = (Half)((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 0.04);
        SafetensorsTensor Matrix(string name, params long[] shape) => new(name, SafetensorsType.F16, shape, stream =>
        {
            var left = shape.Aggregate(1L, (n, d) => n * d);
            for (; left > 0; left -= row.Length) stream.Write(MemoryMarshal.AsBytes<Half>(row.AsSpan(0, (int)Math.Min(left, row.Length))));
        });
        const int kv = Hidden / Heads * KvHeads;
        var tensors = new List<SafetensorsTensor> { Matrix("model.embed_tokens.weight", Vocabulary, Hidden),
            Matrix("lm_head.weight", Vocabulary, Hidden), Matrix("model.norm.weight", Hidden) };
        for (var i = 0; i < Layers; i++)
        {
            var p = $"model.layers.{i}.";
            tensors.AddRange([Matrix(p + "input_layernorm.weight", Hidden), Matrix(p + "post_attention_layernorm.weight", Hidden),
                Matrix(p + "self_attn.q_proj.weight", Hidden, Hidden), Matrix(p + "self_attn.k_proj.weight", kv, Hidden),
                Matrix(p + "self_attn.v_proj.weight", kv, Hidden), Matrix(p + "self_attn.o_proj.weight", Hidden, Hidden),
                Matrix(p + "mlp.gate_proj.weight", FeedForward, Hidden), Matrix(p + "mlp.up_proj.weight", FeedForward, Hidden),
                Matrix(p + "mlp.down_proj.weight", Hidden, FeedForward)]);
        }
        SafetensorsWriter.Write(Path.Combine(directory, "model.safetensors"), tensors);
        File.WriteAllText(Path.Combine(directory, "config.json"), $$"""
            {"model_type":"llama","hidden_size":{{Hidden}},"intermediate_size":{{FeedForward}},"num_hidden_layers":{{Layers}},
             "num_attention_heads":{{Heads}},"num_key_value_heads":{{KvHeads}},"vocab_size":{{Vocabulary}},
             "max_position_embeddings":2048,"rms_norm_eps":1e-5,"rope_theta":10000.0,"tie_word_embeddings":false,"eos_token_id":2}
            """);
        File.WriteAllText(Path.Combine(directory, "tokenizer.json"), """{"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""");
    }
}
