using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>
/// A Hugging Face directory of the Llama, Qwen2 or Qwen3 architecture: config.json, one or several safetensors files, tokenizer files.
/// </summary>
internal sealed class HuggingFaceCheckpoint : ICheckpoint
{
    private readonly string _directory;
    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsFile> _byTensor = new(StringComparer.Ordinal);

    private HuggingFaceCheckpoint(string directory, JsonElement config)
    {
        _directory = directory;
        var path = Path.Combine(directory, "config.json");
        Architecture = ReadArchitecture(path, config);
        TiedHead = config.TryGetProperty("tie_word_embeddings", out var tied) && tied.GetBoolean();
        EosIds = EndTokens.Of(config, directory) is { Count: > 0 } ids ? ids : throw new ModelFileException(path, "eos_token_id", "none");
        Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)));
    }

    public string Name { get; }
    public string Provenance => "Hugging Face safetensors directory";
    public Architecture Architecture { get; }
    public IReadOnlyList<int> EosIds { get; }
    public bool TiedHead { get; private set; }

    public static HuggingFaceCheckpoint Open(string directory)
    {
        var path = Path.Combine(directory, "config.json");
        HuggingFaceCheckpoint checkpoint;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 16 });
            checkpoint = new HuggingFaceCheckpoint(directory, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new ModelFileException(path, "the configuration of a decoder", e.Message, e);
        }
        try
        {
            checkpoint.OpenFiles();
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    public void ReadRows(string name, long rows, long columns, long first, Memory<float> destination)
    {
        if (!_byTensor.TryGetValue(name, out var file))
            throw new ModelFileException(_directory, $"a tensor '{name}'", $"{_byTensor.Count} tensors without it");
        var entry = file.Entry(name);
        ReadOnlySpan<long> shape = entry.Shape.Length == 1 ? [columns] : [rows, columns];
        if (!shape.SequenceEqual(entry.Shape))
            throw new ModelFileException(file.Path, $"tensor '{name}' of shape [{string.Join(',', shape.ToArray())}]",
                $"[{string.Join(',', entry.Shape)}]");
        file.ReadFloats(entry, first * columns, destination.Span);
    }

    public void WriteTokenizer(string directory)
    {
        Copy(directory, Bundle.TokenizerFileName, required: true);
        Copy(directory, Bundle.TokenizerConfigFileName, required: false);
        Copy(directory, Bundle.GoldenFileName, required: false);
        Copy(directory, Bundle.AnswersFileName, required: false);
        if (File.Exists(Path.Combine(_directory, Bundle.ChatTemplateFileName)))
        {
            Copy(directory, Bundle.ChatTemplateFileName, required: true);
            return;
        }
        var config = Path.Combine(_directory, Bundle.TokenizerConfigFileName);
        if (File.Exists(config))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(config));
            if (document.RootElement.TryGetProperty("chat_template", out var template) && template.ValueKind == JsonValueKind.String)
            {
                DurableFile.WriteAllText(Path.Combine(directory, Bundle.ChatTemplateFileName), template.GetString()!);
                return;
            }
        }
        DurableFile.WriteAllText(Path.Combine(directory, Bundle.ChatTemplateFileName), ChatTemplate.Plain);
    }

    public void Dispose() => _files.ForEach(f => f.Dispose());

    private void Copy(string directory, string name, bool required)
    {
        var source = Path.Combine(_directory, name);
        if (File.Exists(source)) DurableFile.WriteAllBytes(Path.Combine(directory, name), File.ReadAllBytes(source));
        else if (required) throw new ModelFileException(source, "a file of the checkpoint", "no such file");
    }

    private void OpenFiles()
    {
        var files = Directory.GetFiles(_directory, "*.safetensors");
        if (files.Length == 0) throw new ModelFileException(_directory, "safetensors files", "none");
        var index = Path.Combine(_directory, "model.safetensors.index.json");
        if (File.Exists(index))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(index));
            if (document.RootElement.TryGetProperty("weight_map", out var map))
                foreach (var name in map.EnumerateObject().Select(e => e.Value.GetString()!).Distinct())
                    if (!files.Contains(Path.Combine(_directory, name)))
                        throw new ModelFileException(Path.Combine(_directory, name), "a shard the index names", "no such file");
        }
        foreach (var path in files.Order(StringComparer.Ordinal))
        {
            var file = SafetensorsFile.Open(path);
            _files.Add(file);
            foreach (var name in file.Entries.Keys)
                if (!_byTensor.TryAdd(name, file)) throw new ModelFileException(path, "every tensor in one shard", $"'{name}' in two");
        }
        if (!_byTensor.ContainsKey("lm_head.weight")) TiedHead = true;
    }

    private static Architecture ReadArchitecture(string path, JsonElement config)
    {
        var type = config.GetProperty("model_type").GetString()!;
        if (!Architecture.Types.Contains(type))
            throw new ModelFileException(path, $"a model_type of {string.Join(", ", Architecture.Types)}", $"'{type}'");
        if (config.TryGetProperty("hidden_act", out var act) && act.GetString() != "silu")
            throw new ModelFileException(path, "hidden_act 'silu'", $"'{act.GetString()}'");
        foreach (var refused in new[] { "attention_bias", "mlp_bias", "use_sliding_window" })
            if (config.TryGetProperty(refused, out var b) && b.ValueKind == JsonValueKind.True)
                throw new ModelFileException(path, $"{refused} false", "true");
        foreach (var refused in new[] { "attn_logit_softcapping", "final_logit_softcapping" })
            if (config.TryGetProperty(refused, out var b) && b.ValueKind == JsonValueKind.Number)
                throw new ModelFileException(path, $"no {refused}", $"{b.GetDouble()}");
        int hidden = config.GetProperty("hidden_size").GetInt32(), heads = config.GetProperty("num_attention_heads").GetInt32();
        if (heads < 1) throw new ModelFileException(path, "num_attention_heads of at least 1", $"{heads}");
        var (theta, scaling) = RopeConfiguration.Read(path, config);
        var architecture = new Architecture
        {
            Type = type,
            Vocabulary = config.GetProperty("vocab_size").GetInt32(),
            Hidden = hidden,
            Layers = config.GetProperty("num_hidden_layers").GetInt32(),
            Heads = heads,
            KvHeads = config.TryGetProperty("num_key_value_heads", out var kv) && kv.ValueKind == JsonValueKind.Number
                ? kv.GetInt32() : heads,
            HeadSize = config.TryGetProperty("head_dim", out var head) && head.ValueKind == JsonValueKind.Number
                ? head.GetInt32() : hidden / heads,
            FeedForward = config.GetProperty("intermediate_size").GetInt32(),
            Context = config.GetProperty("max_position_embeddings").GetInt32(),
            RmsEpsilon = config.GetProperty("rms_norm_eps").GetSingle(),
            RopeTheta = theta,
            RopeScaling = scaling,
        };
        return architecture.Problem() is var (expected, found) ? throw new ModelFileException(path, expected, found) : architecture;
    }
}
