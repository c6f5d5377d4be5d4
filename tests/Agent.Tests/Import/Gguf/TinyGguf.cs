using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Tests.Import.Gguf;

/// <summary>A generated GGUF file of a small Llama with random float32 weights, whose metadata and tensors a test may change.</summary>
internal sealed class TinyGguf
{
    public const int Vocabulary = 260, Hidden = 32, Heads = 2, FeedForward = 64, End = 259;

    public TinyGguf()
    {
        string[] special = ["<|bos|>", "<|im_start|>", "<|im_end|>", "<|eos|>"];
        Metadata = new Dictionary<string, object>
        {
            ["general.architecture"] = "llama",
            ["llama.context_length"] = 128,
            ["llama.embedding_length"] = Hidden,
            ["llama.block_count"] = 1,
            ["llama.feed_forward_length"] = FeedForward,
            ["llama.attention.head_count"] = Heads,
            ["llama.attention.layer_norm_rms_epsilon"] = 1e-5f,
            ["llama.rope.dimension_count"] = Hidden / Heads,
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.pre"] = "llama-bpe",
            ["tokenizer.ggml.tokens"] =
                Enumerable.Range(0, 256).Select(b => ByteAlphabet.Char((byte)b).ToString()).Concat(special).ToArray(),
            ["tokenizer.ggml.token_type"] = Enumerable.Range(0, Vocabulary).Select(id => id < 256 ? 1 : 3).ToArray(),
            ["tokenizer.ggml.merges"] = Array.Empty<string>(),
            ["tokenizer.ggml.eos_token_id"] = End,
        };
        var random = new Random(3);
        foreach (var (name, rows, columns) in new[]
        {
            ("token_embd.weight", Vocabulary, Hidden), ("output_norm.weight", 1, Hidden), ("output.weight", Vocabulary, Hidden),
            ("blk.0.attn_norm.weight", 1, Hidden), ("blk.0.ffn_norm.weight", 1, Hidden), ("blk.0.attn_q.weight", Hidden, Hidden),
            ("blk.0.attn_k.weight", Hidden, Hidden), ("blk.0.attn_v.weight", Hidden, Hidden), ("blk.0.attn_output.weight", Hidden, Hidden),
            ("blk.0.ffn_gate.weight", FeedForward, Hidden), ("blk.0.ffn_up.weight", FeedForward, Hidden),
            ("blk.0.ffn_down.weight", Hidden, FeedForward),
        })
            Tensors[name] = (rows, columns, [.. Enumerable.Range(0, rows * columns).Select(_ => random.NextSingle() - 0.5f)]);
    }

    public Dictionary<string, object> Metadata { get; }

    public Dictionary<string, (int Rows, int Columns, float[] Values)> Tensors { get; } = [];

    /// <summary>Replaces the tokenizer by a SentencePiece one: control tokens, bytes, then these pieces, the first the likeliest.</summary>
    public void SetSentencePiece(params (string Piece, int Type)[] pieces)
    {
        List<(string Piece, int Type)> all = [("<unk>", 2), ("<s>", 3), ("</s>", 3),
            .. Enumerable.Range(0, 256).Select(b => ($"<0x{b:X2}>", 6)), .. pieces];
        Metadata["tokenizer.ggml.model"] = "llama";
        Metadata["tokenizer.ggml.tokens"] = all.Select(p => p.Piece).ToArray();
        Metadata["tokenizer.ggml.token_type"] = all.Select(p => p.Type).ToArray();
        Metadata["tokenizer.ggml.scores"] = all.Select((_, i) => (float)-i).ToArray();
        Metadata["tokenizer.ggml.eos_token_id"] = 2;
        Metadata["tokenizer.ggml.bos_token_id"] = 1;
        foreach (var name in new[] { "token_embd.weight", "output.weight" })
            Tensors[name] = (all.Count, Hidden, new float[all.Count * Hidden]);
    }

    public string Write(string path)
    {
        using var stream = File.Create(path);
        using var writer = new BinaryWriter(stream);
        writer.Write("GGUF"u8);
        writer.Write(3);
        writer.Write((long)Tensors.Count);
        writer.Write((long)Metadata.Count);
        foreach (var (key, value) in Metadata)
        {
            Write(writer, key);
            WriteValue(writer, value);
        }
        long offset = 0;
        foreach (var (name, (rows, columns, _)) in Tensors)
        {
            Write(writer, name);
            writer.Write(rows == 1 ? 1 : 2);
            writer.Write((long)columns);
            if (rows > 1) writer.Write((long)rows);
            writer.Write(0); // F32
            writer.Write(offset);
            offset += Padded(4L * rows * columns);
        }
        writer.Write(new byte[Padded(stream.Position) - stream.Position]);
        foreach (var (_, _, values) in Tensors.Values)
        {
            writer.Write(MemoryMarshal.AsBytes<float>(values));
            writer.Write(new byte[Padded(4L * values.Length) - 4L * values.Length]);
        }
        return path;
    }

    private static long Padded(long length) => (length + 31) / 32 * 32;

    private static void Write(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((long)bytes.Length);
        writer.Write(bytes);
    }

    private static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case uint n: Typed(4, () => writer.Write(n)); break;
            case int n: Typed(5, () => writer.Write(n)); break;
            case long n: Typed(11, () => writer.Write(n)); break;
            case float d: Typed(6, () => writer.Write(d)); break;
            case bool b: Typed(7, () => writer.Write(b)); break;
            case string s: Typed(8, () => Write(writer, s)); break;
            case string[] list: Array(8, list.Length, () => System.Array.ForEach(list, s => Write(writer, s))); break;
            case int[] list: Array(5, list.Length, () => System.Array.ForEach(list, writer.Write)); break;
            case float[] list: Array(6, list.Length, () => System.Array.ForEach(list, writer.Write)); break;
            default: throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"no GGUF type for {value.GetType()}"));
        }

        void Typed(int type, Action write)
        {
            writer.Write(type);
            write();
        }

        void Array(int type, int length, Action write) => Typed(9, () =>
        {
            writer.Write(type);
            writer.Write((long)length);
            write();
        });
    }
}
