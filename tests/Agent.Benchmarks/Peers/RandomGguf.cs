using System.Text;

namespace EdgeAgent.Benchmarks.Peers;

/// <summary>
/// A GGUF file with random weights in the shape of a 1.1 B Llama (22 layers, 2,048 wide, 4 key/value heads): linears and embedding in Q4_0,
/// head in Q8_0.
/// </summary>
internal static class RandomGguf
{
    private const int Hidden = 2048, FeedForward = 5632, Heads = 32, KvHeads = 4, Layers = 22, Vocabulary = 32_000;
    private const int Q40 = 2, Q80 = 8, F32 = 0, Block = 32;

    public static void Write(string path)
    {
        using var writer = new BinaryWriter(File.Create(path));
        var tensors = Tensors().ToArray();
        writer.Write("GGUF"u8);
        writer.Write(3);
        writer.Write((long)tensors.Length);
        WriteMetadata(writer);
        long offset = 0;
        foreach (var (name, type, columns, rows) in tensors)
        {
            Write(writer, name);
            writer.Write(rows == 1 ? 1 : 2);
            writer.Write((long)columns);
            if (rows > 1) writer.Write((long)rows);
            writer.Write(type);
            writer.Write(offset);
            offset += Bytes(type, (long)rows * columns);
        }
        writer.Write(new byte[(32 - writer.BaseStream.Position % 32) % 32]);
        var random = new Random(1);
        foreach (var (_, type, columns, rows) in tensors) WriteTensor(writer, type, (long)rows * columns, random);
    }

    private static IEnumerable<(string Name, int Type, int Columns, int Rows)> Tensors()
    {
        const int kv = Hidden / Heads * KvHeads;
        yield return ("token_embd.weight", Q40, Hidden, Vocabulary);
        yield return ("output.weight", Q80, Hidden, Vocabulary);
        yield return ("output_norm.weight", F32, Hidden, 1);
        for (var i = 0; i < Layers; i++)
        {
            yield return ($"blk.{i}.attn_norm.weight", F32, Hidden, 1);
            yield return ($"blk.{i}.ffn_norm.weight", F32, Hidden, 1);
            yield return ($"blk.{i}.attn_q.weight", Q40, Hidden, Hidden);
            yield return ($"blk.{i}.attn_k.weight", Q40, Hidden, kv);
            yield return ($"blk.{i}.attn_v.weight", Q40, Hidden, kv);
            yield return ($"blk.{i}.attn_output.weight", Q40, Hidden, Hidden);
            yield return ($"blk.{i}.ffn_gate.weight", Q40, Hidden, FeedForward);
            yield return ($"blk.{i}.ffn_up.weight", Q40, Hidden, FeedForward);
            yield return ($"blk.{i}.ffn_down.weight", Q40, FeedForward, Hidden);
        }
    }

    private static void WriteMetadata(BinaryWriter writer)
    {
        string[] special = ["<unk>", "<s>", "</s>"];
        var bytes = Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>");
        string[] tokens = [.. special, .. bytes, .. Enumerable.Range(0, Vocabulary - 259).Select(i => $"w{i}")];
        (string Key, int Type, Action Write)[] entries =
        [
            ("general.architecture", 8, () => Write(writer, "llama")),
            ("llama.context_length", 4, () => writer.Write(2048)),
            ("llama.embedding_length", 4, () => writer.Write(Hidden)),
            ("llama.block_count", 4, () => writer.Write(Layers)),
            ("llama.feed_forward_length", 4, () => writer.Write(FeedForward)),
            ("llama.attention.head_count", 4, () => writer.Write(Heads)),
            ("llama.attention.head_count_kv", 4, () => writer.Write(KvHeads)),
            ("llama.rope.dimension_count", 4, () => writer.Write(Hidden / Heads)),
            ("llama.attention.layer_norm_rms_epsilon", 6, () => writer.Write(1e-5f)),
            ("tokenizer.ggml.model", 8, () => Write(writer, "llama")),
            ("tokenizer.ggml.tokens", 9, () => WriteArray(writer, 8, tokens, t => Write(writer, t))),
            ("tokenizer.ggml.scores", 9, () => WriteArray(writer, 6, tokens.Index(), t => writer.Write(-(float)t.Index))),
            ("tokenizer.ggml.token_type", 9, () => WriteArray(writer, 5, tokens.Index(),
                t => writer.Write(t.Index == 0 ? 2 : t.Index < 3 ? 3 : t.Index < 259 ? 6 : 1))),
            ("tokenizer.ggml.bos_token_id", 4, () => writer.Write(1)),
            ("tokenizer.ggml.eos_token_id", 4, () => writer.Write(2)),
        ];
        writer.Write((long)entries.Length);
        foreach (var (key, type, write) in entries)
        {
            Write(writer, key);
            writer.Write(type);
            write();
        }
    }

    private static void WriteArray<T>(BinaryWriter writer, int type, IEnumerable<T> items, Action<T> write)
    {
        writer.Write(type);
        writer.Write((long)Vocabulary);
        foreach (var item in items) write(item);
    }

    private static void WriteTensor(BinaryWriter writer, int type, long elements, Random random)
    {
        if (type == F32)
        {
            for (long i = 0; i < elements; i++) writer.Write(1f);
            return;
        }
        var block = new byte[(int)Bytes(type, Block)];
        for (long i = 0; i < elements / Block; i++)
        {
            random.NextBytes(block);
            BitConverter.TryWriteBytes(block, (Half)(type == Q40 ? 0.006f : 0.0004f));
            writer.Write(block);
        }
    }

    private static long Bytes(int type, long elements) => type switch
    {
        F32 => elements * 4,
        Q40 => elements / Block * (2 + Block / 2),
        _ => elements / Block * (2 + Block),
    };

    private static void Write(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((long)bytes.Length);
        writer.Write(bytes);
    }
}
