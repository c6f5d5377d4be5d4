using EdgeAgent.Bundles;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>
/// The grid a checkpoint stores a tensor on: blocks of 32 with a scale and possibly a minimum. None for floats, and for grids
/// that a <see cref="QuantizedMatrix"/> cannot hold.
/// </summary>
internal enum BlockGrid
{
    /// <summary>No grid that can be kept.</summary>
    None,

    /// <summary>Levels -8..7.</summary>
    FourBits,

    /// <summary>Levels -128..127; source types of 5 to 8 bits.</summary>
    EightBits,
}

/// <summary>A trained model, read tensor by tensor under the names Hugging Face gives to Llama models.</summary>
internal interface ICheckpoint : IDisposable
{
    /// <summary>The student's name unless the user gives one.</summary>
    string Name { get; }

    /// <summary>Where the weights come from, for the manifest.</summary>
    string Provenance { get; }

    Architecture Architecture { get; }

    /// <summary>Ids that end an answer; at least one.</summary>
    IReadOnlyList<int> EosIds { get; }

    /// <summary>Whether the head shares the embedding's weights.</summary>
    bool TiedHead { get; }

    /// <summary>
    /// Rows first.. of a [rows, columns] tensor as float32, as many as the destination holds. Linears are [out, in], with rotary
    /// pairs half a head apart; vectors have one row.
    /// </summary>
    /// <exception cref="ModelFileException">Missing, or of another shape.</exception>
    void ReadRows(string name, long rows, long columns, long first, Memory<float> destination);

    /// <summary>The grid a tensor is stored on.</summary>
    BlockGrid Grid(string name) => BlockGrid.None;

    /// <summary>
    /// Rows first.. on the tensor's own grid: levels [count, columns], scales (positive) and offsets [count, columns / 32].
    /// </summary>
    void ReadGrid(string name, long rows, long columns, long first, Memory<sbyte> levels, Memory<float> scales, Memory<float> offsets) =>
        throw new ModelFileException(Name, $"a block grid for '{name}'", "none");

    /// <summary>
    /// Writes tokenizer.json, tokenizer_config.json and chat_template.jinja, and the golden prompts and answers of the checkpoint.
    /// </summary>
    void WriteTokenizer(string directory);
}

/// <summary>Reads whole tensors.</summary>
internal static class CheckpointTensors
{
    public static float[] Read(this ICheckpoint checkpoint, string name, params long[] shape)
    {
        long columns = shape[^1], rows = shape.Length > 1 ? shape[0] : 1;
        var values = new float[rows * columns];
        checkpoint.ReadRows(name, rows, columns, 0, values);
        return values;
    }

    public const string Embedding = "model.embed_tokens.weight";

    /// <summary>A norm or bias of a student.</summary>
    public static float[] Vector(this ICheckpoint checkpoint, string name)
    {
        var a = checkpoint.Architecture;
        if (name == WeightNames.FinalNorm) return checkpoint.Read("model.norm.weight", a.Hidden);
        var dot = name.IndexOf('.', "layers.".Length);
        var (layer, part) = ("model." + name[..dot], name[(dot + 1)..]);
        return part switch
        {
            "attention_norm" => checkpoint.Read($"{layer}.input_layernorm.weight", a.Hidden),
            "feed_forward_norm" => checkpoint.Read($"{layer}.post_attention_layernorm.weight", a.Hidden),
            "query_norm" => checkpoint.Read($"{layer}.self_attn.q_norm.weight", a.HeadSize),
            "key_norm" => checkpoint.Read($"{layer}.self_attn.k_norm.weight", a.HeadSize),
            "qkv.bias" =>
            [
                .. checkpoint.Read($"{layer}.self_attn.q_proj.bias", (long)a.Heads * a.HeadSize),
                .. checkpoint.Read($"{layer}.self_attn.k_proj.bias", (long)a.KvHeads * a.HeadSize),
                .. checkpoint.Read($"{layer}.self_attn.v_proj.bias", (long)a.KvHeads * a.HeadSize),
            ],
            _ => throw new ArgumentException($"no source for '{name}'", nameof(name)),
        };
    }
}
