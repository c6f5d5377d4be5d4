using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Inference.Tokenization;

/// <summary>The ids that end an answer, as a model's configuration names them: eos_token_id is a number, a list or absent.</summary>
internal static class EndTokens
{
    public static IReadOnlyList<int> Of(JsonElement root) =>
        !root.TryGetProperty("eos_token_id", out var eos) || eos.ValueKind == JsonValueKind.Null ? []
        : eos.ValueKind == JsonValueKind.Array ? [.. eos.EnumerateArray().Select(e => e.GetInt32())] : [eos.GetInt32()];

    /// <summary>
    /// The union of a configuration's ids and those of generation_config.json beside it: instruct models often name the end of a
    /// turn only there.
    /// </summary>
    public static IReadOnlyList<int> Of(JsonElement configuration, string directory)
    {
        var path = Path.Combine(directory, "generation_config.json");
        if (!File.Exists(path)) return Of(configuration);
        using var document = ModelFile.ReadJson(path);
        return [.. Of(configuration).Union(Of(document.RootElement))];
    }
}
