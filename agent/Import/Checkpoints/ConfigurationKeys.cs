using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>
/// The keys of a config.json, checked one by one: used, without effect on answers, or refused since the model would compute
/// something else (Hugging Face names).
/// </summary>
internal static class ConfigurationKeys
{
    private static readonly HashSet<string> Used =
    [
        "model_type", "hidden_act", "hidden_size", "num_attention_heads", "num_key_value_heads", "num_hidden_layers", "head_dim",
        "intermediate_size", "max_position_embeddings", "rms_norm_eps", "rope_theta", "rope_scaling", "rope_parameters", "vocab_size",
        "tie_word_embeddings", "eos_token_id",
    ];

    /// <summary>Keys about files, training, other tools and other tasks.</summary>
    private static readonly HashSet<string> Harmless =
    [
        "architectures", "torch_dtype", "dtype", "transformers_version", "use_cache", "bos_token_id", "pad_token_id", "unk_token_id",
        "decoder_start_token_id", "sep_token_id", "initializer_range", "attention_dropout", "attn_pdrop", "resid_pdrop", "embd_pdrop",
        "hidden_dropout", "pretraining_tp", "max_window_layers", "sliding_window", "_name_or_path", "name_or_path", "is_decoder",
        "chunk_size_feed_forward", "output_attentions", "output_hidden_states", "return_dict", "torchscript", "id2label", "label2id",
        "problem_type", "finetuning_task", "task_specific_params", "_attn_implementation", "attn_implementation", "attention_type",
        "generation_config", "license", "language", "model_max_length", "max_sequence_length", "max_length", "unsloth_version",
        "unsloth_fixed", "transformers.js_config", "layer_types", "num_nextn_predict_layers", "is_encoder_decoder", "tokenizer_class",
    ];

    /// <summary>Switches that must be off.</summary>
    private static readonly string[] Off =
    [
        "attention_bias", "mlp_bias", "use_sliding_window", "attention_out_bias", "attn_bias", "o_bias", "use_bias", "bias",
        "add_cross_attention", "alibi", "use_alibi", "parallel_residual", "use_parallel_residual", "use_dynamic_ntk", "use_logn_attn",
        "lm_head_bias", "rope_interleaved",
    ];

    /// <summary>Factors and sizes that change nothing only at one value; null for any number.</summary>
    private static readonly Dictionary<string, double?> Neutral = new()
    {
        ["attn_logit_softcapping"] = null,
        ["final_logit_softcapping"] = null,
        ["query_pre_attn_scalar"] = null,
        ["attention_multiplier"] = null,
        ["clip_qkv"] = null,
        ["partial_rotary_factor"] = 1,
        ["rotary_pct"] = 1,
        ["logit_scale"] = 1,
        ["logits_scaling"] = 1,
        ["embedding_multiplier"] = 1,
        ["residual_multiplier"] = 1,
        ["scale_emb"] = 1,
        ["num_experts"] = 0,
        ["num_local_experts"] = 0,
        ["n_routed_experts"] = 0,
        ["no_rope_layer_interval"] = 0,
    };

    /// <summary>Keys of rope_scaling and rope_parameters that are read, or say nothing.</summary>
    private static readonly HashSet<string> Rope =
    [
        "rope_type", "type", "factor", "original_max_position_embeddings", "low_freq_factor", "high_freq_factor", "beta_fast",
        "beta_slow", "attention_factor", "rope_theta", "finetuned",
    ];

    /// <summary>What is not used, in words.</summary>
    /// <exception cref="ModelFileException">A key would change what the model computes.</exception>
    public static IReadOnlyList<string> Check(string path, JsonElement config, int headSize)
    {
        foreach (var key in Off)
            if (config.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.True)
                throw new ModelFileException(path, $"{key} false", "true");
        if (config.TryGetProperty("qkv_bias", out var bias) && bias.ValueKind is JsonValueKind.True or JsonValueKind.False
            && bias.GetBoolean() != (config.GetProperty("model_type").GetString() == "qwen2"))
            throw new ModelFileException(path, "qkv_bias as in the published architecture", $"{bias}");
        foreach (var (key, neutral) in Neutral)
            if (config.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number && value.GetDouble() != neutral)
                throw new ModelFileException(path, neutral is null ? $"no {key}" : $"{key} {neutral}", $"{value}");
        if (config.TryGetProperty("rotary_dim", out var dim) && dim.ValueKind == JsonValueKind.Number && dim.GetDouble() != headSize)
            throw new ModelFileException(path, $"rotary_dim {headSize}, the size of a head", $"{dim}");
        foreach (var key in new[] { "quantization_config", "compression_config" })
            if (config.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Object)
                throw new ModelFileException(path, "weights that are not quantized (import those, or a GGUF file)",
                    $"{key} {(value.TryGetProperty("quant_method", out var method) ? method : "")}".TrimEnd());
        if (config.TryGetProperty("layer_types", out var types) && types.ValueKind == JsonValueKind.Array
            && types.EnumerateArray().FirstOrDefault(t => t.ValueKind != JsonValueKind.String || t.GetString() != "full_attention")
                is { ValueKind: not JsonValueKind.Undefined } other)
            throw new ModelFileException(path, "layer_types of full_attention", $"{other}");
        foreach (var rope in new[] { "rope_scaling", "rope_parameters" }) CheckRope(path, config, rope);
        var unused = config.EnumerateObject().Where(p => p.Value.ValueKind != JsonValueKind.Null && !IsKnown(p.Name)).Select(p => p.Name)
            .ToList();
        return unused.Count > 0 ? [$"keys of config.json that are not used: {string.Join(", ", unused)}"] : [];
    }

    private static bool IsKnown(string key) =>
        Used.Contains(key) || Harmless.Contains(key) || Off.Contains(key) || Neutral.ContainsKey(key) || key is "qkv_bias" or "rotary_dim";

    private static void CheckRope(string path, JsonElement config, string name)
    {
        if (!config.TryGetProperty(name, out var rope) || rope.ValueKind != JsonValueKind.Object) return;
        foreach (var entry in rope.EnumerateObject())
        {
            if (Rope.Contains(entry.Name) || entry.Value.ValueKind == JsonValueKind.Null
                || entry.Name == "partial_rotary_factor" && entry.Value.ValueKind == JsonValueKind.Number && entry.Value.GetDouble() == 1
                || entry.Name == "truncate" && entry.Value.ValueKind == JsonValueKind.True) continue;
            throw new ModelFileException(path, $"{name} without {entry.Name}, since it changes the rotation", $"{entry.Value}");
        }
    }
}
