using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Lab;

/// <summary>Writes the trained student as a Hugging Face directory, which `edge-agent model import` takes.</summary>
internal static class Checkpoint
{
    /// <summary>Single-turn: the student is trained on one question at a time, so the template renders the last message alone.</summary>
    public const string ChatTemplate =
        "{%- for message in messages -%}\n{%- if loop.last -%}\n{%- if message['role'] != 'user' -%}{{ raise_exception('the last message " +
        "must come from the user') }}{%- endif -%}\n" +
        "{{- '<|user|>' + message['content'] | trim -}}\n{%- endif -%}\n{%- endfor -%}\n{%- if add_generation_prompt -%}{{- " +
        "'<|assistant|>' -}}{%- endif -%}\n";

    public static void Export(StudentNet net, Tokenizer tokenizer, string tokenizerFile, string directory)
    {
        var shape = net.Shape;
        Directory.CreateDirectory(directory);
        var tensors = net.named_parameters().Select(p => SafetensorsTensor.Of(
            StudentNet.CheckpointName(p.name),
            p.parameter.detach().cpu().contiguous().data<float>().ToArray(), p.parameter.shape)).ToList();
        SafetensorsWriter.Write(Path.Combine(directory, "model.safetensors"), tensors,
            new Dictionary<string, string> { ["format"] = "pt" });
        File.Copy(tokenizerFile, Path.Combine(directory, "tokenizer.json"), overwrite: true);
        File.WriteAllText(Path.Combine(directory, "chat_template.jinja"), ChatTemplate);
        File.WriteAllText(Path.Combine(directory, "tokenizer_config.json"), $$"""
            {
              "bos_token": null,
              "eos_token": "{{Marks.End}}",
              "pad_token": "{{Marks.Pad}}",
              "model_max_length": {{shape.Context}},
              "tokenizer_class": "PreTrainedTokenizerFast"
            }

            """);
        File.WriteAllText(Path.Combine(directory, "config.json"), $$"""
            {
              "architectures": ["LlamaForCausalLM"],
              "model_type": "llama",
              "hidden_size": {{shape.Hidden}},
              "intermediate_size": {{shape.FeedForward}},
              "num_hidden_layers": {{shape.Layers}},
              "num_attention_heads": {{shape.Heads}},
              "num_key_value_heads": {{shape.KvHeads}},
              "head_dim": {{shape.Hidden / shape.Heads}},
              "vocab_size": {{shape.Vocabulary}},
              "max_position_embeddings": {{shape.Context}},
              "rms_norm_eps": 1e-05,
              "rope_theta": 10000.0,
              "tie_word_embeddings": true,
              "hidden_act": "silu",
              "attention_bias": false,
              "mlp_bias": false,
              "eos_token_id": {{tokenizer.IdOf(Marks.End)}},
              "torch_dtype": "float32"
            }

            """);
    }
}
