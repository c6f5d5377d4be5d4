using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeAgent.Platform;

namespace EdgeAgent.Bundles;

/// <summary>student.json: the name, version, sizes and quantization of a bundle.</summary>
internal sealed record StudentManifest
{
    public const string FileName = "student.json";

    /// <summary>Format 2 may store the embedding as a quantized table, and a tied head as nothing but that table.</summary>
    public const int CurrentFormat = 2;

    private const int OldestFormat = 1;

    public int Format { get; init; } = CurrentFormat;

    /// <summary>Shown to users and matched against a query's <c>model</c>.</summary>
    public required string Name { get; init; }

    public required string Version { get; init; }

    /// <summary>Release counter: grows with every published bundle. Updates refuse a smaller one.</summary>
    public required long Release { get; init; }

    public required Architecture Architecture { get; init; }

    /// <summary>Ids that end an answer.</summary>
    public required IReadOnlyList<int> EosIds { get; init; }

    public required Quantization Quantization { get; init; }
    public string Licence { get; init; } = "";
    public string Provenance { get; init; } = "";

    /// <summary>Oldest agent version that can serve this bundle.</summary>
    public string MinAgent { get; init; } = "0.1.0";

    public static StudentManifest Load(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path)) throw new ModelFileException(path, "a bundle's student.json", "no such file");
        StudentManifest manifest;
        try
        {
            using var stream = File.OpenRead(path);
            manifest = JsonSerializer.Deserialize(stream, ManifestJson.Default.StudentManifest)
                ?? throw new ModelFileException(path, "an object", "null");
        }
        catch (JsonException e)
        {
            throw new ModelFileException(path, "a student manifest", e.Message, e);
        }
        if (manifest.Format is < OldestFormat or > CurrentFormat)
            throw new ModelFileException(path, $"format {OldestFormat} to {CurrentFormat}", $"{manifest.Format}");
        if (string.IsNullOrWhiteSpace(manifest.Name)) throw new ModelFileException(path, "a name", "none");
        if (manifest.Architecture.Problem() is var (expected, found)) throw new ModelFileException(path, expected, found);
        if (manifest.Quantization.Block is not (0 or 32 or 64 or 128))
            throw new ModelFileException(path, "a quantization block of 32, 64 or 128 (0 for none)", $"{manifest.Quantization.Block}");
        if (manifest.EosIds.Count == 0) throw new ModelFileException(path, "at least one eos id", "none");
        foreach (var id in manifest.EosIds)
            if (id < 0 || id >= manifest.Architecture.Vocabulary)
                throw new ModelFileException(path, $"eos ids in 0..{manifest.Architecture.Vocabulary - 1}", $"{id}");
        var running = typeof(StudentManifest).Assembly.GetName().Version!;
        if (!System.Version.TryParse(manifest.MinAgent, out var needed))
            throw new ModelFileException(path, "min_agent as a version", $"'{manifest.MinAgent}'");
        if (needed > running) throw new ModelFileException(path, $"an agent of version {needed} or newer", $"{running}");
        return manifest;
    }

    public void Save(string directory) =>
        DurableFile.WriteAllBytes(Path.Combine(directory, FileName),
            JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Default.StudentManifest));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(StudentManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
