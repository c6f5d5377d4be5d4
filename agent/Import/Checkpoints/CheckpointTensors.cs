using EdgeAgent.Bundles;

namespace EdgeAgent.Import.Checkpoints;

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
