using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>
/// Rotary settings of a config.json, in the published style (rope_theta, rope_scaling) or the newer one (rope_parameters).
/// </summary>
internal static class RopeConfiguration
{
    private const float DefaultTheta = 10000;

    public static (float Theta, RopeScaling? Scaling) Read(string path, JsonElement config)
    {
        var theta = Number(config, "rope_theta") ?? DefaultTheta;
        foreach (var key in new[] { "rope_parameters", "rope_scaling" })
        {
            if (!config.TryGetProperty(key, out var rope) || rope.ValueKind != JsonValueKind.Object) continue;
            theta = Number(rope, "rope_theta") ?? theta;
            var type = Text(rope, "rope_type") ?? Text(rope, "type") ?? "default";
            if (type == "default") continue;
            var scaling = new RopeScaling
            {
                Type = type,
                Factor = Number(rope, "factor") ?? 1,
                OriginalContext = (int)(Number(rope, "original_max_position_embeddings") ?? Number(config, "max_position_embeddings") ?? 0),
                LowFrequencyFactor = Number(rope, "low_freq_factor") ?? 1,
                HighFrequencyFactor = Number(rope, "high_freq_factor") ?? 4,
                BetaFast = Number(rope, "beta_fast") ?? 32,
                BetaSlow = Number(rope, "beta_slow") ?? 1,
                AttentionFactor = Number(rope, "attention_factor"),
            };
            return scaling.Problem() is var (expected, found) ? throw new ModelFileException(path, expected, found) : (theta, scaling);
        }
        return (theta, null);
    }

    private static float? Number(JsonElement e, string name) =>
        e.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.Number ? v.GetSingle() : null;

    private static string? Text(JsonElement e, string name) =>
        e.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.String ? v.GetString() : null;
}
