using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>
/// The safetensors files of a Hugging Face directory that hold the model: those of the index, else model.safetensors, else all.
/// </summary>
/// <param name="Files">Paths, in order.</param>
/// <param name="Indexed">Tensors that the index names; null without one.</param>
/// <param name="Notes">What is not used; sentences.</param>
internal sealed record SafetensorsShards(IReadOnlyList<string> Files, IReadOnlyCollection<string>? Indexed, IReadOnlyList<string> Notes)
{
    private const string IndexName = "model.safetensors.index.json", SingleName = "model.safetensors";

    /// <exception cref="ModelFileException">A file is missing, or is a Git LFS pointer.</exception>
    public static SafetensorsShards Find(string directory)
    {
        var all = Directory.GetFiles(directory, "*.safetensors").Order(StringComparer.Ordinal).ToList();
        var index = Path.Combine(directory, IndexName);
        Dictionary<string, string>? map = File.Exists(index) ? Read(index) : null;
        List<string> files;
        if (map is not null) files = [.. map.Values.Distinct().Order(StringComparer.Ordinal).Select(name => Path.Combine(directory, name))];
        else if (all.Contains(Path.Combine(directory, SingleName))) files = [Path.Combine(directory, SingleName)];
        else files = all.Exists(IsWhole) ? all.FindAll(IsWhole) : all;
        if (files.Count == 0) throw new ModelFileException(directory, "safetensors files", Found(directory));
        foreach (var file in files)
        {
            if (!File.Exists(file)) throw new ModelFileException(file, "a shard the index names", "no such file");
            ModelFile.RefusePointer(file);
        }
        CheckParts(directory, files);
        var left = all.Except(files).Select(Path.GetFileName).ToList();
        return new(files, map?.Keys, left.Count > 0 ? [$"files that are not used: {string.Join(", ", left)}"] : []);
    }

    private static bool IsWhole(string path) => !ModelFile.IsPointer(path);

    /// <summary>Every part that the names count must be among the files.</summary>
    private static void CheckParts(string directory, List<string> files)
    {
        foreach (var group in files.Select(f => SplitName.Parse(f)).OfType<(int Part, int Of)>().GroupBy(p => p.Of))
            for (var part = 1; part <= group.Key; part++)
                if (!group.Any(p => p.Part == part))
                    throw new ModelFileException(directory, $"all {group.Key} parts of the model", $"no part {part}");
    }

    private static string Found(string directory) =>
        Directory.EnumerateFiles(directory).Select(Path.GetFileName)
            .FirstOrDefault(n => n!.EndsWith(".bin", StringComparison.Ordinal) || n.EndsWith(".pth", StringComparison.Ordinal)
                || n.EndsWith(".pt", StringComparison.Ordinal)) is { } other
            ? $"none, but {other}: save the model as safetensors" : "none";

    private static Dictionary<string, string> Read(string index)
    {
        using var document = ModelFile.ReadJson(index);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("weight_map", out var map)
            || map.ValueKind != JsonValueKind.Object)
            throw new ModelFileException(index, "a weight_map", "none");
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in map.EnumerateObject())
            result[entry.Name] = entry.Value.ValueKind == JsonValueKind.String && entry.Value.GetString() is { Length: > 0 } name
                && Path.GetFileName(name) == name
                ? name : throw new ModelFileException(index, $"the name of a shard for '{entry.Name}'", $"{entry.Value}");
        return result;
    }
}
