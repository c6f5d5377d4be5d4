using EdgeAgent.Bundles;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>
/// Compares the tensors a checkpoint holds with those its architecture needs, by name. One that is missing or would be passed over
/// makes another model; what lies beside the decoder (an image encoder, a classifier) is named.
/// </summary>
internal static class TensorNames
{
    private const int Shown = 3;

    /// <summary>Every tensor of a decoder, under the names Hugging Face gives to Llama models.</summary>
    public static IEnumerable<string> Needed(Architecture a, bool tiedHead)
    {
        yield return CheckpointTensors.Embedding;
        yield return "model.norm.weight";
        if (!tiedHead) yield return "lm_head.weight";
        string[] parts =
        [
            "input_layernorm.weight", "post_attention_layernorm.weight", "self_attn.o_proj.weight", "mlp.gate_proj.weight",
            "mlp.up_proj.weight", "mlp.down_proj.weight",
        ];
        for (var i = 0; i < a.Layers; i++)
        {
            foreach (var part in parts) yield return $"model.layers.{i}.{part}";
            foreach (var projection in new[] { "q_proj", "k_proj", "v_proj" })
            {
                yield return $"model.layers.{i}.self_attn.{projection}.weight";
                if (a.QkvBias) yield return $"model.layers.{i}.self_attn.{projection}.bias";
            }
            if (!a.HeadNorms) continue;
            yield return $"model.layers.{i}.self_attn.q_norm.weight";
            yield return $"model.layers.{i}.self_attn.k_norm.weight";
        }
    }

    /// <summary>Why the tensors do not make the model, or what is passed over without harm.</summary>
    /// <param name="found">Names in the checkpoint.</param>
    /// <param name="needed">Names the architecture needs.</param>
    /// <param name="isHarmless">Tensors that hold what the graph computes itself.</param>
    /// <param name="isOfDecoder">Tensors that take part in an answer's computation.</param>
    /// <returns>A problem, as expected and found; else notes.</returns>
    public static ((string Expected, string Found)? Problem, IReadOnlyList<string> Notes) Compare(IReadOnlyCollection<string> found,
        IReadOnlyCollection<string> needed, Func<string, bool> isHarmless, Func<string, bool> isOfDecoder)
    {
        var missing = needed.Except(found).ToList();
        if (missing.Count > 0) return (($"a tensor {List(missing)}", $"{found.Count} tensors without it"), []);
        var left = found.Except(needed).Where(n => !isHarmless(n)).Order(StringComparer.Ordinal).ToList();
        var wrong = left.FindAll(n => isOfDecoder(n));
        if (wrong.Count > 0)
            return (("no tensors beyond those of the architecture, since answers would be others without them", List(wrong)), []);
        return (null, left.Count > 0 ? [$"tensors that are not used: {List(left)}"] : []);
    }

    private static string List(List<string> names) =>
        string.Join(", ", names.Take(Shown).Select(n => $"'{n}'")) + (names.Count > Shown ? $" and {names.Count - Shown} more" : "");
}
