using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation.Suites;

/// <summary>
/// <c>gate.json</c> of a bundle: which suites its student was measured on, with which result. It is signed with the bundle; a device
/// refuses a bundle whose own gate is closed, or whose gate is about another student.
/// </summary>
internal static class BundleGate
{
    private const int Digits = 6;

    public static JsonObject Of(StudentManifest manifest, string suite, SuiteResult result, double threshold) => new()
    {
        ["suite"] = suite,
        ["student"] = manifest.Name,
        ["version"] = manifest.Version,
        ["release"] = manifest.Release,
        ["threshold"] = threshold,
        ["passed"] = SuiteGate.Refuse(suite, result, threshold) is null,
        ["scores"] = new JsonArray([.. result.Scores.Select(Node)]),
    };

    public static JsonNode Node(SuiteScore score) => new JsonObject
    {
        ["name"] = score.Name,
        ["value"] = Math.Round(score.Value, Digits),
        ["low"] = Math.Round(score.Low, Digits),
        ["high"] = Math.Round(score.High, Digits),
        ["of"] = score.Of,
    };

    /// <summary>Adds a result to a bundle's gate, in the place of an older one of the same suite.</summary>
    /// <exception cref="ModelFileException">The gate that is there is malformed.</exception>
    public static void Add(string directory, JsonObject result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var suite = result["suite"]!.GetValue<string>();
        var others = Read(directory).Where(r => r["suite"]?.GetValue<string>() != suite).Select(r => r.DeepClone());
        var text = new JsonArray([.. others, result.DeepClone()]).ToJsonString(new JsonSerializerOptions { WriteIndented = true });
        DurableFile.Write(Path.Combine(directory, Bundle.GateFileName), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Why a bundle's own gate is closed; null where it is open, or where the bundle has none.</summary>
    public static string? Refuse(string directory, StudentManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        foreach (var result in Read(directory))
        {
            try
            {
                var (suite, threshold) = (Of(result, "suite").GetValue<string>(), Of(result, "threshold").GetValue<double>());
                if (Of(result, "release").GetValue<long>() != manifest.Release
                    || Of(result, "version").GetValue<string>() != manifest.Version)
                    return $"{Bundle.GateFileName}: {suite} was measured on release {result["release"]}, version {result["version"]}; "
                        + string.Create(CultureInfo.InvariantCulture, $"expected release {manifest.Release}, version {manifest.Version}");
                var first = Of(result, "scores").AsArray().FirstOrDefault();
                // the scores decide, not the word of who wrote the file
                if (first is null || Of(first, "value").GetValue<double>() < threshold)
                    return $"{Bundle.GateFileName}: {suite} has {first?["value"]?.ToJsonString() ?? "no score"}, at least "
                        + string.Create(CultureInfo.InvariantCulture, $"{threshold} is required");
            }
            catch (Exception e) when (e is InvalidDataException or InvalidOperationException or FormatException)
            {
                return $"{Bundle.GateFileName}: expected suite, release, version, threshold and scores; found {result.ToJsonString()}";
            }
        }
        return null;
    }

    private static JsonNode Of(JsonNode node, string name) =>
        (node as JsonObject)?[name] ?? throw new InvalidDataException($"no {name}");

    private static List<JsonNode> Read(string directory)
    {
        var path = Path.Combine(directory, Bundle.GateFileName);
        if (!File.Exists(path)) return [];
        try
        {
            return [.. (JsonNode.Parse(TextFile.ReadAllText(path)) ?? throw new JsonException("null")).AsArray()
                .Select(n => n ?? new JsonObject())];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or TextFileException)
        {
            throw new ModelFileException(path, "an array of results of suites", e.Message, e);
        }
    }
}
