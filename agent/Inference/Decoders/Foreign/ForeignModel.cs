using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeAgent.Bundles;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Platform;

namespace EdgeAgent.Inference.Decoders.Foreign;

/// <summary>
/// A foreign ONNX decoder: a directory with genai_config.json (onnxruntime-genai), or with config.json and model.onnx (optimum).
/// Holds what the configuration says; the rest follows from the graph's inputs and outputs.
/// </summary>
internal sealed partial record ForeignModel
{
    public const string GenAiFileName = "genai_config.json", ConfigFileName = "config.json";
    private static readonly string[] OptimumFiles = ["model.onnx", "decoder_model_merged.onnx", "onnx/model.onnx",
        "onnx/decoder_model_merged.onnx"];

    public required string Directory { get; init; }

    /// <summary>The graph, inside the directory.</summary>
    public required string GraphFile { get; init; }

    public required string Type { get; init; }
    public required int Vocabulary { get; init; }
    public required int Context { get; init; }
    public required IReadOnlyList<int> EosIds { get; init; }

    /// <summary>Patterns of the state's inputs and of the outputs that replace them, "%d" standing for the layer.</summary>
    public required IReadOnlyList<(string Past, string Present)> StateNames { get; init; }

    public string InputIds { get; init; } = "input_ids";
    public string AttentionMask { get; init; } = "attention_mask";
    public string PositionIds { get; init; } = "position_ids";
    public string Logits { get; init; } = "logits";

    public static bool Recognizes(string directory) => File.Exists(Path.Combine(directory, GenAiFileName))
        || File.Exists(Path.Combine(directory, ConfigFileName)) && Array.Exists(OptimumFiles, f => File.Exists(Path.Combine(directory, f)));

    /// <exception cref="ModelFileException">The configuration is missing something, or names files outside the directory.</exception>
    public static ForeignModel Load(string directory)
    {
        directory = Path.GetFullPath(directory);
        var genAi = Path.Combine(directory, GenAiFileName);
        var path = File.Exists(genAi) ? genAi : Path.Combine(directory, ConfigFileName);
        try
        {
            using var document = ModelFile.ReadJson(path);
            var model = path == genAi ? FromGenAi(directory, document.RootElement) : FromOptimum(directory, document.RootElement);
            return model.Check(path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new ModelFileException(path, "the configuration of an ONNX decoder", e.Message, e);
        }
    }

    /// <summary>The output that replaces a state input; null when the name is not a state input.</summary>
    public string? PresentOf(string input)
    {
        foreach (var (past, present) in StateNames)
        {
            var match = Regex.Match(input, "^" + Regex.Escape(past).Replace("%d", "([0-9]+)", StringComparison.Ordinal) + "$");
            if (match.Success) return present.Replace("%d", match.Groups[1].Value, StringComparison.Ordinal);
        }
        return null;
    }

    /// <summary>The manifest a bundle would have; what a foreign decoder does not declare is 0.</summary>
    public StudentManifest Manifest() => new()
    {
        Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Directory)),
        Version = "0.0.0",
        Release = 0,
        Architecture = new Architecture
        {
            Type = Type,
            Vocabulary = Vocabulary,
            Context = Context,
            Hidden = 0,
            Layers = 0,
            Heads = 0,
            KvHeads = 0,
            HeadSize = 0,
            FeedForward = 0,
            RmsEpsilon = 0,
            RopeTheta = 0
        },
        EosIds = EosIds,
        Quantization = new Quantization { Method = "foreign", Bits = 0 },
        Provenance = $"ONNX decoder {GraphFile}",
    };

    private static ForeignModel FromGenAi(string directory, JsonElement root)
    {
        var model = root.GetProperty("model");
        var decoder = model.GetProperty("decoder");
        string Name(string side, string key, string otherwise) =>
            decoder.TryGetProperty(side, out var names) && names.TryGetProperty(key, out var name) ? name.GetString()! : otherwise;
        return new ForeignModel
        {
            Directory = directory,
            GraphFile = decoder.GetProperty("filename").GetString()!,
            Type = model.TryGetProperty("type", out var type) ? type.GetString()! : "unknown",
            Vocabulary = model.GetProperty("vocab_size").GetInt32(),
            Context = model.GetProperty("context_length").GetInt32(),
            EosIds = EndTokens.Of(model),
            InputIds = Name("inputs", "input_ids", "input_ids"),
            AttentionMask = Name("inputs", "attention_mask", "attention_mask"),
            PositionIds = Name("inputs", "position_ids", "position_ids"),
            Logits = Name("outputs", "logits", "logits"),
            StateNames =
            [
                (Name("inputs", "past_key_names", "past_key_values.%d.key"), Name("outputs", "present_key_names", "present.%d.key")),
                (Name("inputs", "past_value_names", "past_key_values.%d.value"),
                    Name("outputs", "present_value_names", "present.%d.value")),
                (Name("inputs", "past_names", "past_%d"), Name("outputs", "present_names", "present_%d")),
                (Name("inputs", "past_conv_names", "past_conv.%d"), Name("outputs", "present_conv_names", "present_conv.%d")),
            ],
        };
    }

    private static ForeignModel FromOptimum(string directory, JsonElement config)
    {
        int Number(params string[] names) =>
            names.Select(n => config.TryGetProperty(n, out var v) && v.ValueKind == JsonValueKind.Number ? v.GetInt32() : (int?)null)
                .FirstOrDefault(v => v is not null)
            ?? throw new KeyNotFoundException($"none of {string.Join(", ", names)}");
        return new ForeignModel
        {
            Directory = directory,
            GraphFile = OptimumFiles.First(f => File.Exists(Path.Combine(directory, f))),
            Type = config.TryGetProperty("model_type", out var type) ? type.GetString()! : "unknown",
            Vocabulary = Number("vocab_size"),
            Context = Number("max_position_embeddings", "n_positions", "seq_length"),
            EosIds = EndTokens.Of(config, directory),
            StateNames = [("past_key_values.%d.key", "present.%d.key"), ("past_key_values.%d.value", "present.%d.value"),
                ("past_%d", "present_%d")],
        };
    }

    private ForeignModel Check(string path)
    {
        if (Vocabulary is < 1 or > 1_000_000) throw new ModelFileException(path, "a vocab_size in 1..1000000", $"{Vocabulary}");
        if (Context is < 8 or > 1_048_576) throw new ModelFileException(path, "a context length in 8..1048576", $"{Context}");
        if (EosIds.Count == 0) throw new ModelFileException(path, "an eos_token_id", "none");
        if (Path.IsPathRooted(GraphFile) || GraphFile.Split('/', '\\').Contains(".."))
            throw new ModelFileException(path, "a graph inside the directory", $"'{GraphFile}'");
        return File.Exists(Path.Combine(Directory, GraphFile))
            ? this : throw new ModelFileException(Path.Combine(Directory, GraphFile), "the decoder's graph", "no such file");
    }
}
