using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeAgent.Platform;

namespace EdgeAgent.Hosting.Health;

/// <summary>One finding of the running agent.</summary>
internal sealed record HealthLine(string Check, HealthSeverity Severity, string Found, string? Why = null, string? Remedy = null)
{
    public static HealthLine Of(string check, HealthFinding finding) =>
        new(check, finding.Severity, finding.Found, finding.Why, finding.Remedy);
}

/// <summary>
/// What the running agent found of itself, in <c>health.json</c> of the state directory: for a doctor who cannot or must not log in at the
/// broker. Written when something changes.
/// </summary>
internal sealed record HealthFile(DateTimeOffset At, int Process, IReadOnlyList<HealthLine> Findings)
{
    public const string Name = "health.json";
    private const int MaxBytes = 1 << 20;

    /// <summary>False where the disk refuses: another check says that.</summary>
    public bool TryWrite(string state)
    {
        try
        {
            DurableFile.WriteAllBytes(Path.Combine(state, Name), JsonSerializer.SerializeToUtf8Bytes(this, HealthJson.Default.HealthFile));
            return true;
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            return false;
        }
    }

    /// <summary>Null where there is none, or none that can be read.</summary>
    public static HealthFile? Read(string state)
    {
        var path = Path.Combine(state, Name);
        try
        {
            return File.Exists(path) && new FileInfo(path).Length <= MaxBytes
                ? JsonSerializer.Deserialize(File.ReadAllBytes(path), HealthJson.Default.HealthFile) : null;
        }
        catch (Exception e) when (e is JsonException || DiskErrors.Include(e))
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(HealthFile))]
[JsonSerializable(typeof(HealthLine))]
internal sealed partial class HealthJson : JsonSerializerContext;
