using System.Text.Json;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>eos_token_id of a configuration: a number, a list of them, or nothing.</summary>
internal static class EndTokens
{
    public static IReadOnlyList<int> Of(JsonElement root) =>
        !root.TryGetProperty("eos_token_id", out var eos) || eos.ValueKind == JsonValueKind.Null ? []
        : eos.ValueKind == JsonValueKind.Array ? [.. eos.EnumerateArray().Select(e => e.GetInt32())] : [eos.GetInt32()];

    /// <summary>
    /// Those of a configuration and of the generation_config.json beside it, where there is one: instruct models often have their
    /// turn's end only there.
    /// </summary>
    public static IReadOnlyList<int> Of(JsonElement configuration, string directory)
    {
        var path = Path.Combine(directory, "generation_config.json");
        if (!File.Exists(path)) return Of(configuration);
        using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 16 });
        return [.. Of(configuration).Union(Of(document.RootElement))];
    }
}
