using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Inference;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>
/// A Hugging Face directory of the Llama, Qwen2 or Qwen3 architecture: config.json, one or several safetensors files, tokenizer files.
/// </summary>
internal sealed class HuggingFaceCheckpoint : ICheckpoint
{
    private const string Head = "lm_head.weight";
    private readonly string _directory;
    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsFile> _byTensor = new(StringComparer.Ordinal);

    private HuggingFaceCheckpoint(string directory, JsonElement config)
    {
        _directory = directory;
        var path = Path.Combine(directory, "config.json");
        Architecture = ReadArchitecture(path, config);
        Notes = ConfigurationKeys.Check(path, config, Architecture.HeadSize);
        EosIds = EndTokens.Of(config, directory) is { Count: > 0 } ids ? ids : throw new ModelFileException(path, "eos_token_id", "none");
        if (EosIds.FirstOrDefault(id => id < 0 || id >= Architecture.Vocabulary, -1) is var wrong && EosIds.Contains(wrong))
            throw new ModelFileException(path, $"eos_token_id in 0..{Architecture.Vocabulary - 1}, the tokens of the vocabulary",
                $"{wrong}");
        Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)));
    }

    public string Name { get; }
    public string Provenance => "Hugging Face safetensors directory";
    public Architecture Architecture { get; }
    public IReadOnlyList<int> EosIds { get; }
    public bool TiedHead { get; private set; }
    public IReadOnlyList<string> Notes { get; private set; }
    public string Source => _directory;

    public static HuggingFaceCheckpoint Open(string directory)
    {
        var path = Path.Combine(directory, "config.json");
        HuggingFaceCheckpoint checkpoint;
        bool? tied;
        try
        {
            using var document = ModelFile.ReadJson(path);
            tied = document.RootElement.TryGetProperty("tie_word_embeddings", out var t) && t.ValueKind != JsonValueKind.Null
                ? t.GetBoolean() : null;
            checkpoint = new HuggingFaceCheckpoint(directory, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new ModelFileException(path, "the configuration of a decoder", e.Message, e);
        }
        try
        {
            checkpoint.OpenFiles(tied);
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

    public IReadOnlyList<string> WriteTokenizer(string directory)
    {
        var tokenizer = Path.Combine(_directory, Bundle.TokenizerFileName);
        if (!File.Exists(tokenizer) && File.Exists(Path.Combine(_directory, "tokenizer.model")))
            throw new ModelFileException(tokenizer, "a file of the checkpoint",
                "tokenizer.model alone: save the tokenizer with a fast one (AutoTokenizer, save_pretrained)");
        Copy(directory, Bundle.TokenizerFileName, required: true);
        Copy(directory, Bundle.TokenizerConfigFileName, required: false);
        Copy(directory, Bundle.GoldenFileName, required: false);
        Copy(directory, Bundle.AnswersFileName, required: false);
        var named = NamedTemplates.Read(_directory);
        var notes = named.Others.Count > 0 ? [NamedTemplates.OthersNote(named.Others)] : new List<string>();
        var own = Path.Combine(_directory, Bundle.ChatTemplateFileName);
        var template = File.Exists(own) ? ModelFile.ReadText(own) : named.Default;
        if (template is null) notes.Add(NamedTemplates.NoneNote);
        DurableFile.WriteAllText(Path.Combine(directory, Bundle.ChatTemplateFileName), template ?? ChatTemplate.Plain);
        return notes;
    }

    public void Dispose() => _files.ForEach(f => f.Dispose());

    private void Copy(string directory, string name, bool required)
    {
        var source = Path.Combine(_directory, name);
        if (File.Exists(source)) DurableFile.WriteAllBytes(Path.Combine(directory, name), ModelFile.ReadAllBytes(source));
        else if (required) throw new ModelFileException(source, "a file of the checkpoint", "no such file");
    }

    private void OpenFiles(bool? tied)
    {
        if (File.Exists(Path.Combine(_directory, "adapter_config.json")))
            throw new ModelFileException(_directory, "a whole model: merge the adapter into it first", "adapter_config.json");
        var shards = SafetensorsShards.Find(_directory);
        foreach (var path in shards.Files)
        {
            var file = SafetensorsFile.Open(path);
            _files.Add(file);
            foreach (var name in file.Entries.Keys)
                if (!_byTensor.TryAdd(name, file)) throw new ModelFileException(path, "every tensor in one shard", $"'{name}' in two");
        }
        if (shards.Indexed?.FirstOrDefault(n => !_byTensor.ContainsKey(n)) is { } lost)
            throw new ModelFileException(_directory, $"a tensor '{lost}', which the index names", "no shard with it");
        TiedHead = tied ?? !_byTensor.ContainsKey(Head);
        var (problem, notes) = TensorNames.Compare(_byTensor.Keys, [.. TensorNames.Needed(Architecture, TiedHead)], IsHarmless,
            IsOfDecoder);
        if (problem is var (expected, found)) throw new ModelFileException(_directory, expected, found);
        Notes = [.. Notes, .. shards.Notes, .. notes];
    }

    /// <summary>Tables of the rotation are computed; a tied head repeats the embedding.</summary>
    private bool IsHarmless(string name) =>
        name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || TiedHead && name == Head;

    private static bool IsOfDecoder(string name) =>
        name.StartsWith("model.layers.", StringComparison.Ordinal) || name.StartsWith("model.norm", StringComparison.Ordinal)
        || name.StartsWith("model.embed", StringComparison.Ordinal) || name.StartsWith("lm_head", StringComparison.Ordinal)
        || name.Contains("lora_", StringComparison.Ordinal);

    /// <summary>The architecture that a config.json describes.</summary>
    /// <exception cref="ModelFileException">It is no configuration of a decoder this agent has a graph for.</exception>
    public static Architecture ArchitectureOf(string path)
    {
        try
        {
            using var document = ModelFile.ReadJson(path);
            return ReadArchitecture(path, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new ModelFileException(path, "the configuration of a decoder", e.Message, e);
        }
    }

    private static Architecture ReadArchitecture(string path, JsonElement config)
    {
        var type = config.GetProperty("model_type").GetString()!;
        if (!Architecture.Types.Contains(type))
            throw new ModelFileException(path, $"a model_type of {string.Join(", ", Architecture.Types)}", $"'{type}'");
        if (config.TryGetProperty("hidden_act", out var act) && act.GetString() != "silu")
            throw new ModelFileException(path, "hidden_act 'silu'", $"'{act.GetString()}'");
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
