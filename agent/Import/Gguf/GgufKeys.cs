using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Gguf;

/// <summary>
/// The metadata below a GGUF file's architecture, checked key by key: used, without effect here, or refused since it would change
/// what the model computes.
/// </summary>
internal static class GgufKeys
{
    private static readonly HashSet<string> Used =
    [
        "context_length", "embedding_length", "block_count", "feed_forward_length", "attention.head_count", "attention.head_count_kv",
        "attention.key_length", "attention.layer_norm_rms_epsilon", "rope.freq_base", "rope.scaling.type", "rope.scaling.factor",
        "rope.scaling.original_context_length", "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow",
    ];

    /// <summary>Keys that describe the file, or hold what other keys say.</summary>
    private static readonly HashSet<string> Harmless =
        ["vocab_size", "rope.scaling.finetuned", "tensor_data_layout", "attention.layer_norm_epsilon", "attention.causal"];

    /// <summary>Keys with which the model computes something else, unless they have one of these values.</summary>
    private static readonly Dictionary<string, double[]> Neutral = new()
    {
        ["attn_logit_softcapping"] = [0],
        ["final_logit_softcapping"] = [0],
        ["router_logit_softcapping"] = [0],
        ["expert_count"] = [0],
        ["expert_used_count"] = [0],
        ["expert_shared_count"] = [0],
        ["expert_feed_forward_length"] = [0],
        ["leading_dense_block_count"] = [0],
        ["nextn_predict_layers"] = [0],
        ["logit_scale"] = [0, 1],
        ["embedding_scale"] = [0, 1],
        ["residual_scale"] = [0, 1],
        ["attention.scale"] = [0],
        ["attention.clamp_kqv"] = [0],
        ["attention.max_alibi_bias"] = [0],
        ["use_parallel_residual"] = [0],
        ["rope.scale_linear"] = [0, 1],
        ["rope.scaling.attn_factor"] = [0, 1],
        ["rope.scaling.yarn_attn_factor"] = [0, 1],
        ["rope.scaling.yarn_ext_factor"] = [-1, 0, 1],
        ["rope.scaling.yarn_log_multiplier"] = [0],
    };

    /// <summary>What is not used, in words.</summary>
    /// <param name="type">general.architecture.</param>
    /// <param name="headSize">Elements of a head: the only rotation and value width there is.</param>
    /// <exception cref="ModelFileException">A key would change what the model computes.</exception>
    public static IReadOnlyList<string> Check(GgufFile file, string type, int headSize)
    {
        CheckWhole(file);
        var unused = new List<string>();
        foreach (var (key, value) in file.Metadata.Where(e => e.Key.StartsWith(type + ".", StringComparison.Ordinal)))
        {
            var name = key[(type.Length + 1)..];
            if (value is List<object> && Used.Contains(name)) throw new ModelFileException(file.Path, $"{key} as one number", "a list");
            if (name == "attention.causal" && value is false) throw new ModelFileException(file.Path, $"{key} true", "false");
            if (Used.Contains(name) || Harmless.Contains(name)) continue;
            var number = value switch { double d => d, long n => n, bool b => b ? 1 : 0, _ => double.NaN };
            if (Refused(file, type, name, number, headSize) is { } expected)
                throw new ModelFileException(file.Path, $"{key} {expected}",
                    value is List<object> ? "a list" : FormattableString.Invariant($"{value}"));
            if (!Neutral.ContainsKey(name)
                && name is not ("rope.dimension_count" or "attention.value_length" or "attention.sliding_window"))
                unused.Add(key);
        }
        return unused.Count > 0 ? [$"metadata that is not used: {string.Join(", ", unused)}"] : [];
    }

    /// <summary>The value that a key must have; null when it has one that changes nothing.</summary>
    private static string? Refused(GgufFile file, string type, string name, double number, int headSize)
    {
        switch (name)
        {
            case "rope.dimension_count" or "attention.value_length":
                return number == headSize ? null : $"of {headSize}, the size of a head";
            case "attention.sliding_window":
                return number == 0 || number >= (file.Whole($"{type}.context_length") ?? 0) ? null : "of the whole context";
            default:
                if (Neutral.TryGetValue(name, out var values))
                    return values.Contains(number) ? null : $"of {string.Join(" or ", values)}";
                var changes = name.StartsWith("attention.", StringComparison.Ordinal) || name.StartsWith("rope.", StringComparison.Ordinal)
                    || name.StartsWith("ssm.", StringComparison.Ordinal) || name.StartsWith("expert_", StringComparison.Ordinal);
                return changes && number is not 0 ? "not to be there, since this agent does not know it" : null;
        }
    }

    /// <summary>A part of a split file, an adapter or a projector is no whole model.</summary>
    private static void CheckWhole(GgufFile file)
    {
        const string join = "a whole model in one file: join the parts first (llama-gguf-split --merge FIRST_PART OUT)";
        if (file.Whole("split.count") is { } count and > 1)
            throw new ModelFileException(file.Path, join, $"part {(file.Whole("split.no") ?? 0) + 1} of {count}");
        if (!file.Metadata.ContainsKey("split.count") && SplitName.Parse(file.Path) is var (part, of) && of > 1)
            throw new ModelFileException(file.Path, join, $"part {part} of {of} by its name (rename it if it is whole)");
        if (file.Text("general.type") is { } kind and not "model")
            throw new ModelFileException(file.Path, "a general.type of model", $"'{kind}'");
    }
}
