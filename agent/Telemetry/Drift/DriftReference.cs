using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeAgent.Platform;

namespace EdgeAgent.Telemetry.Drift;

/// <summary>
/// The frozen reference window: hashes of the words that questions used, and what each statistic was. Holds no text.
/// </summary>
/// <param name="Words">Hashes under this device's own seed, in order; at most <see cref="DriftMonitor.MaxWords"/>.</param>
/// <param name="Statistics">By name.</param>
internal sealed record DriftReference(ulong Seed, IReadOnlyList<uint> Words, IReadOnlyDictionary<string, DriftBaseline> Statistics)
{
    /// <summary>Null where there is none, or none that can be used: then the window is taken anew.</summary>
    public static DriftReference? Load(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            var reference = JsonSerializer.Deserialize(TextFile.ReadAllText(path), DriftSerializer.Default.DriftReference);
            return reference is { Words: not null, Statistics: not null }
                && reference.Statistics.Values.All(b => b is not null && double.IsFinite(b.Mean) && b.Deviation > 0) ? reference : null;
        }
        catch (Exception e) when (e is JsonException or TextFileException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <exception cref="IOException">The disk refuses.</exception>
    public void Save(string path) => DurableFile.Write(path,
        stream => stream.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, DriftSerializer.Default.DriftReference))));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DriftReference))]
internal sealed partial class DriftSerializer : JsonSerializerContext;
