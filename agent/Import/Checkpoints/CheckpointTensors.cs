using System.Globalization;
using System.Numerics.Tensors;
using EdgeAgent.Bundles;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>Reads whole tensors.</summary>
internal static class CheckpointTensors
{
    public static float[] Read(this ICheckpoint checkpoint, string name, params long[] shape)
    {
        long columns = shape[^1], rows = shape.Length > 1 ? shape[0] : 1;
        var values = new float[rows * columns];
        checkpoint.ReadNumbers(name, rows, columns, 0, values);
        return values;
    }

    /// <summary>Rows first.. as <see cref="ICheckpoint.ReadRows"/> gives them, each a finite number.</summary>
    /// <exception cref="ModelFileException">Missing, of another shape, or with a NaN or an infinity: every answer would be one.</exception>
    public static void ReadNumbers(this ICheckpoint checkpoint, string name, long rows, long columns, long first, Memory<float> destination)
    {
        checkpoint.ReadRows(name, rows, columns, first, destination);
        RequireFinite(checkpoint, name, first, columns, destination.Span);
    }

    /// <exception cref="ModelFileException">A value is NaN or infinite.</exception>
    public static void RequireFinite(this ICheckpoint checkpoint, string name, long first, long columns, ReadOnlySpan<float> values)
    {
        if (TensorPrimitives.IsFiniteAll(values)) return;
        var at = 0;
        while (float.IsFinite(values[at])) at++;
        throw new ModelFileException(checkpoint.Source, $"numbers in tensor '{name}'", string.Create(CultureInfo.InvariantCulture,
            $"{values[at]} in row {first + at / columns}, column {at % columns}: the file is damaged, or training failed"));
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
