using System.Text.Json.Serialization;

namespace EdgeAgent.Hosting.Live;

/// <summary>What a device was told last, and what it goes back to where the link does not come back. On disk before it counts.</summary>
/// <param name="Id">Of the command.</param>
/// <param name="Options">What it asks for.</param>
/// <param name="Previous">What was committed before; null where the command has ended.</param>
/// <param name="State">trial, committed or rolled-back, as the status says it.</param>
internal sealed record ConfigureRecord(string Id, IReadOnlyDictionary<string, string> Options,
    IReadOnlyDictionary<string, string>? Previous, string State)
{
    public const string Trial = "trial", Committed = "committed", RolledBack = "rolled-back";

    [JsonIgnore]
    public bool IsOnTrial => Previous is not null;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ConfigureRecord))]
internal sealed partial class ConfigureJson : JsonSerializerContext;
