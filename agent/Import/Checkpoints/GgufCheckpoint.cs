using EdgeAgent.Bundles;
using EdgeAgent.Import.Gguf;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>
/// A GGUF file of the Llama, Qwen2 or Qwen3 architecture. Llama files store query and key rows for rotation of neighbours; they
/// are reordered when they are read.
/// </summary>
internal sealed class GgufCheckpoint : ICheckpoint
{
    private const string RopeFrequencies = "rope_freqs.weight";

    private static readonly Dictionary<string, string> Parts = new()
    {
        ["input_layernorm.weight"] = "attn_norm.weight",
        ["self_attn.q_proj.weight"] = "attn_q.weight",
        ["self_attn.k_proj.weight"] = "attn_k.weight",
        ["self_attn.v_proj.weight"] = "attn_v.weight",
        ["self_attn.q_proj.bias"] = "attn_q.bias",
        ["self_attn.k_proj.bias"] = "attn_k.bias",
        ["self_attn.v_proj.bias"] = "attn_v.bias",
        ["self_attn.q_norm.weight"] = "attn_q_norm.weight",
        ["self_attn.k_norm.weight"] = "attn_k_norm.weight",
        ["self_attn.o_proj.weight"] = "attn_output.weight",
        ["post_attention_layernorm.weight"] = "ffn_norm.weight",
        ["mlp.gate_proj.weight"] = "ffn_gate.weight",
        ["mlp.up_proj.weight"] = "ffn_up.weight",
        ["mlp.down_proj.weight"] = "ffn_down.weight",
    };

    private readonly GgufFile _file;

    private GgufCheckpoint(GgufFile file)
    {
        _file = file;
        Architecture = ReadArchitecture(file);
        var keys = GgufKeys.Check(file, Architecture.Type, Architecture.HeadSize);
        TiedHead = !file.Tensors.ContainsKey("output.weight");
        EosIds = GgufSpecialIds.EndTokens(file, Architecture.Vocabulary);
        var needed = TensorNames.Needed(Architecture, TiedHead).Select(GgufName).ToHashSet();
        var (problem, tensors) = TensorNames.Compare(file.Tensors.Keys, needed, IsHarmless, IsOfDecoder);
        if (problem is var (expected, found)) throw new ModelFileException(file.Path, expected, found);
        Notes = [.. keys, .. tensors];
    }

    public string Source => _file.Path;

    public string Name => Path.GetFileNameWithoutExtension(_file.Path);
    public string Provenance => $"GGUF, {_file.Metadata.GetValueOrDefault("general.name") as string ?? "unnamed"}";
    public Architecture Architecture { get; }
    public IReadOnlyList<int> EosIds { get; }
    public bool TiedHead { get; }
    public IReadOnlyList<string> Notes { get; }

    public static GgufCheckpoint Open(string path)
    {
        var file = GgufFile.Open(path);
        try
        {
            return new GgufCheckpoint(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void ReadRows(string name, long rows, long columns, long first, Memory<float> destination)
    {
        var tensor = Tensor(name, rows, columns);
        var rowBytes = (int)(tensor.Length / rows);
        Parallel.For(0L, destination.Length / columns, row =>
            GgufDequantizer.Dequantize(tensor.Type, _file.Bytes(tensor, StoredRow(tensor, first + row) * rowBytes, rowBytes),
                destination.Span.Slice((int)(row * columns), (int)columns)));
    }

    public BlockGrid Grid(string name) => _file.Tensors.TryGetValue(GgufName(name), out var tensor) ? GgufGrid.Bits(tensor.Type) switch
    {
        4 => BlockGrid.FourBits,
        8 => BlockGrid.EightBits,
        _ => BlockGrid.None,
    } : BlockGrid.None;

    public void ReadGrid(string name, long rows, long columns, long first, Memory<sbyte> levels, Memory<float> scales,
        Memory<float> offsets)
    {
        var tensor = Tensor(name, rows, columns);
        var rowBytes = (int)(tensor.Length / rows);
        int width = (int)columns, blocks = width / GgufGrid.Block;
        Parallel.For(0, levels.Length / width,
            row => GgufGrid.Read(tensor.Type, _file.Bytes(tensor, StoredRow(tensor, first + row) * rowBytes, rowBytes),
            levels.Span.Slice(row * width, width), scales.Span.Slice(row * blocks, blocks), offsets.Span.Slice(row * blocks, blocks)));
    }

    private GgufTensor Tensor(string name, long rows, long columns)
    {
        var gguf = GgufName(name);
        if (!_file.Tensors.TryGetValue(gguf, out var tensor))
            throw new ModelFileException(_file.Path, $"a tensor '{gguf}'", $"{_file.Tensors.Count} tensors without it");
        return tensor.Columns == columns && tensor.Rows == rows
            ? tensor : throw new ModelFileException(_file.Path, $"'{gguf}' of {columns} x {rows}", $"{tensor.Columns} x {tensor.Rows}");
    }

    private long StoredRow(GgufTensor tensor, long row) =>
        Architecture.Type == Architecture.Llama
        && (tensor.Name.EndsWith("attn_q.weight", StringComparison.Ordinal)
            || tensor.Name.EndsWith("attn_k.weight", StringComparison.Ordinal))
            ? RotaryLayout.NeighbourRow(row, Architecture.HeadSize) : row;

    public IReadOnlyList<string> WriteTokenizer(string directory) => GgufTokenizer.Write(_file, directory);

    public void Dispose() => _file.Dispose();

    /// <summary>rope_freqs is read as a scaling; attn_rot_embd holds what the graph computes.</summary>
    private static bool IsHarmless(string name) =>
        name == RopeFrequencies || name.EndsWith(".attn_rot_embd.weight", StringComparison.Ordinal)
        || name.EndsWith(".attn_rot_embd", StringComparison.Ordinal);

    private static bool IsOfDecoder(string name) =>
        new[] { "blk.", "token_", "output", "rope_", "position_", "dec." }.Any(start => name.StartsWith(start, StringComparison.Ordinal));

    private string GgufName(string name)
    {
        switch (name)
        {
            case "model.embed_tokens.weight": return "token_embd.weight";
            case "model.norm.weight": return "output_norm.weight";
            case "lm_head.weight": return "output.weight";
        }
        var parts = name.Split('.', 4); // model.layers.N.rest
        return parts.Length == 4 && Parts.TryGetValue(parts[3], out var part)
            ? $"blk.{parts[2]}.{part}" : throw new ModelFileException(_file.Path, "a tensor of a decoder", $"'{name}'");
    }

    private static Architecture ReadArchitecture(GgufFile file)
    {
        var type = file.Text("general.architecture") ?? "";
        if (!Architecture.Types.Contains(type))
            throw new ModelFileException(file.Path, $"a general.architecture of {string.Join(", ", Architecture.Types)}", $"'{type}'");
        int? Optional(string key) => file.Whole($"{type}.{key}") switch
        {
            null => null,
            >= 0 and <= int.MaxValue and { } n => (int)n,
            { } n => throw new ModelFileException(file.Path, $"{type}.{key} in 0..{int.MaxValue}", $"{n}"),
        };
        int Small(string key) => Optional(key) ?? throw new ModelFileException(file.Path, $"{type}.{key}", "none");
        int hidden = Small("embedding_length"), heads = Math.Max(1, Small("attention.head_count"));
        var headSize = Optional("attention.key_length") ?? hidden / heads;
        var architecture = new Architecture
        {
            Type = type,
            Vocabulary = file.List<string>("tokenizer.ggml.tokens")?.Count
                ?? throw new ModelFileException(file.Path, "tokenizer.ggml.tokens", "none"),
            Hidden = hidden,
            Layers = Small("block_count"),
            Heads = heads,
            KvHeads = Optional("attention.head_count_kv") ?? heads,
            HeadSize = headSize,
            FeedForward = Small("feed_forward_length"),
            Context = Small("context_length"),
            RmsEpsilon = (float)(file.Number($"{type}.attention.layer_norm_rms_epsilon")
                ?? throw new ModelFileException(file.Path, $"{type}.attention.layer_norm_rms_epsilon", "none")),
            RopeTheta = (float)(file.Number($"{type}.rope.freq_base") ?? 10000),
            RopeScaling = ReadScaling(file, type, headSize, Optional("rope.scaling.original_context_length") ?? 0),
        };
        return architecture.Problem() is var (expected, found) ? throw new ModelFileException(file.Path, expected, found) : architecture;
    }

    private static RopeScaling? ReadScaling(GgufFile file, string type, int headSize, int originalContext)
    {
        var kind = file.Text($"{type}.rope.scaling.type");
        if (file.Tensors.TryGetValue(RopeFrequencies, out var tensor))
        {
            if (tensor.Columns != headSize / 2 || tensor.Rows != 1)
                throw new ModelFileException(file.Path, $"'{RopeFrequencies}' of {headSize / 2}", $"{tensor.Columns} x {tensor.Rows}");
            if (kind is not (null or "none") && file.Number($"{type}.rope.scaling.factor") is not (null or 0 or 1))
                throw new ModelFileException(file.Path, $"either '{RopeFrequencies}' or {type}.rope.scaling", "both");
            var divisors = new float[tensor.Columns];
            GgufDequantizer.Dequantize(tensor.Type, file.Bytes(tensor, 0, (int)tensor.Length), divisors);
            return new RopeScaling { Type = RopeScaling.Divisors, Factor = 1, FrequencyDivisors = divisors };
        }
        if (kind is null or "none") return null;
        return new RopeScaling
        {
            Type = kind,
            Factor = (float)(file.Number($"{type}.rope.scaling.factor") ?? 1),
            OriginalContext = originalContext,
            BetaFast = (float)(file.Number($"{type}.rope.scaling.yarn_beta_fast") ?? 32),
            BetaSlow = (float)(file.Number($"{type}.rope.scaling.yarn_beta_slow") ?? 1),
        };
    }
}
