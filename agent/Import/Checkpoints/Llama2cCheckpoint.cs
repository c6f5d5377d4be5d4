using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using EdgeAgent.Bundles;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Platform;
using Architecture = EdgeAgent.Bundles.Architecture;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>
/// A llama2.c checkpoint (version 0: seven little-endian int32, then float32 tensors) with its tokenizer beside it
/// (tok*.bin: scores and pieces of a SentencePiece model, or the tok*.model itself). Its rotary layout pairs neighbours; query
/// and key rows are reordered to the half-split layout when they are read.
/// </summary>
internal sealed class Llama2cCheckpoint : ICheckpoint
{
    private const int HeaderBytes = 7 * 4, Bos = 1, Eos = 2;
    private readonly string _path;
    private readonly byte[] _bytes;
    private readonly Dictionary<string, (long Offset, long Count)> _tensors = new(StringComparer.Ordinal);

    private Llama2cCheckpoint(string path, byte[] bytes)
    {
        _path = path;
        _bytes = bytes;
        if (bytes.Length < HeaderBytes) throw new ModelFileException(path, $"at least {HeaderBytes} bytes", $"{bytes.Length}");
        var h = MemoryMarshal.Cast<byte, int>(bytes.AsSpan(0, HeaderBytes));
        var vocabulary = h[5];
        TiedHead = vocabulary > 0;
        Architecture = new Architecture
        {
            Hidden = h[0],
            FeedForward = h[1],
            Layers = h[2],
            Heads = h[3],
            KvHeads = h[4],
            Vocabulary = vocabulary == int.MinValue ? -1 : Math.Abs(vocabulary),
            Context = h[6],
            HeadSize = h[3] > 0 ? h[0] / h[3] : 0,
            RmsEpsilon = 1e-5f,
            RopeTheta = 10000f,
        };
        if (Architecture.Problem() is var (expected, found)) throw new ModelFileException(path, expected, found);
        Layout();
    }

    public string Source => _path;
    public IReadOnlyList<string> Notes => [];
    public string Name => Path.GetFileNameWithoutExtension(_path);
    public string Provenance => "llama2.c checkpoint";
    public Architecture Architecture { get; }
    public IReadOnlyList<int> EosIds => [Eos];
    public bool TiedHead { get; }

    public static Llama2cCheckpoint Open(string path)
    {
        var length = new FileInfo(path).Length;
        if (length > int.MaxValue) throw new ModelFileException(path, $"at most {int.MaxValue} bytes", $"{length}");
        return new Llama2cCheckpoint(path, ModelFile.ReadAllBytes(path));
    }

    public void ReadRows(string name, long rows, long columns, long first, Memory<float> destination)
    {
        if (!_tensors.TryGetValue(name, out var place)) throw new ModelFileException(_path, $"a tensor '{name}'", "none of that name");
        if (rows * columns != place.Count) throw new ModelFileException(_path, $"{rows * columns} elements of '{name}'", $"{place.Count}");
        var values = MemoryMarshal.Cast<byte, float>(_bytes.AsSpan((int)place.Offset, (int)(place.Count * 4)));
        var paired = name.EndsWith("q_proj.weight", StringComparison.Ordinal) || name.EndsWith("k_proj.weight", StringComparison.Ordinal);
        var width = (int)columns;
        for (var row = 0; row < destination.Length / width; row++)
        {
            var stored = paired ? RotaryLayout.NeighbourRow(first + row, Architecture.HeadSize) : first + row;
            values.Slice((int)(stored * width), width).CopyTo(destination.Span[(row * width)..]);
        }
    }

    public IReadOnlyList<string> WriteTokenizer(string directory)
    {
        var tokenizer = FindTokenizer();
        DurableFile.WriteAllBytes(Path.Combine(directory, Bundle.TokenizerFileName), SentencePieceJson(tokenizer, Architecture.Vocabulary));
        DurableFile.WriteAllText(Path.Combine(directory, Bundle.TokenizerConfigFileName), """{"bos_token":"<s>","eos_token":"</s>"}""");
        DurableFile.WriteAllText(Path.Combine(directory, Bundle.ChatTemplateFileName), ChatTemplate.Plain);
        return [];
    }

    public void Dispose()
    {
    }

    private void Layout()
    {
        var a = Architecture;
        var offset = (long)HeaderBytes;
        long kv = (long)a.KvHeads * a.HeadSize;
        Place("model.embed_tokens.weight", (long)a.Vocabulary * a.Hidden);
        PerLayer("input_layernorm.weight", a.Hidden);
        PerLayer("self_attn.q_proj.weight", (long)a.Hidden * a.Hidden);
        PerLayer("self_attn.k_proj.weight", a.Hidden * kv);
        PerLayer("self_attn.v_proj.weight", a.Hidden * kv);
        PerLayer("self_attn.o_proj.weight", (long)a.Hidden * a.Hidden);
        PerLayer("post_attention_layernorm.weight", a.Hidden);
        PerLayer("mlp.gate_proj.weight", (long)a.Hidden * a.FeedForward);
        PerLayer("mlp.down_proj.weight", (long)a.Hidden * a.FeedForward);
        PerLayer("mlp.up_proj.weight", (long)a.Hidden * a.FeedForward);
        Place("model.norm.weight", a.Hidden);
        offset += (long)a.Context * (a.HeadSize / 2) * 2 * 4; // stored rotary tables: the graph computes its own
        if (!TiedHead) Place("lm_head.weight", (long)a.Vocabulary * a.Hidden);
        if (offset != _bytes.Length) throw new ModelFileException(_path, $"{offset} bytes for these sizes", $"{_bytes.Length} bytes");

        void Place(string name, long count)
        {
            _tensors[name] = (offset, count);
            offset += count * 4;
        }

        void PerLayer(string name, long count)
        {
            for (var i = 0; i < a.Layers; i++) Place($"model.layers.{i}.{name}", count);
        }
    }

    private string FindTokenizer()
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(_path))!;
        return new[] { "tok*.bin", "tok*.model" }.SelectMany(pattern =>
            Directory.GetFiles(directory, pattern).Order(StringComparer.Ordinal)).FirstOrDefault()
            ?? throw new ModelFileException(directory, "a tokenizer tok*.bin or tok*.model beside the checkpoint", "none");
    }

    private static byte[] SentencePieceJson(string path, int vocabulary)
    {
        var pieces = path.EndsWith(".model", StringComparison.OrdinalIgnoreCase)
            ? SentencePieceModel.Read(path) : ReadPieces(path, vocabulary);
        if (pieces.Count < vocabulary) throw new ModelFileException(path, $"{vocabulary} pieces", $"{pieces.Count}");
        (pieces[0], pieces[Bos], pieces[Eos]) = (("<unk>", 0), ("<s>", 0), ("</s>", 0));
        return TokenizerJson.SentencePiece(pieces[..vocabulary], [(0, true), (Bos, true), (Eos, true)], unknown: 0, bos: Bos,
            prependSpace: true);
    }

    /// <summary>
    /// tok*.bin: int32 length of the longest piece; then for each id float32 score, int32 length and the bytes of the piece, with
    /// spaces for "▁".
    /// </summary>
    private static List<(string Piece, float Score)> ReadPieces(string path, int vocabulary)
    {
        var bytes = ModelFile.ReadAllBytes(path).AsSpan();
        var pieces = new List<(string Piece, float Score)>();
        var at = 4;
        while (pieces.Count < vocabulary && at + 8 <= bytes.Length)
        {
            var score = BinaryPrimitives.ReadSingleLittleEndian(bytes[at..]);
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[(at + 4)..]);
            if (length < 0 || length > bytes.Length - at - 8)
                throw new ModelFileException(path, $"piece {pieces.Count} inside the file", $"a length of {length}");
            pieces.Add((Encoding.UTF8.GetString(bytes.Slice(at + 8, length)).Replace(' ', '▁'), score));
            at += 8 + length;
        }
        return pieces;
    }
}
