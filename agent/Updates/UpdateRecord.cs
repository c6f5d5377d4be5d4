using System.Text.Json.Serialization;

namespace EdgeAgent.Updates;

/// <summary>One update as the journal has it: every transition writes the whole record.</summary>
internal sealed record UpdateRecord(string Id, UpdateCommand Command, UpdateState State)
{
    /// <summary>One of <see cref="UpdateReasons"/>; null if nothing is wrong.</summary>
    public string? Reason { get; init; }

    /// <summary>For people: expected versus found.</summary>
    public string? Detail { get; init; }

    public DateTimeOffset ReceivedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The update does not go on before this time; set by jitter and by retries.</summary>
    public DateTimeOffset? NextRetry { get; init; }

    /// <summary>Failed attempts since the last progress.</summary>
    public int Attempts { get; init; }

    public long BytesDone { get; init; }
    public long BytesTotal { get; init; }

    /// <summary>Slot the bundle is installed in; null before staging.</summary>
    public string? Slot { get; init; }

    /// <summary>Release of the bundle; 0 before it is verified.</summary>
    public long Release { get; init; }

    /// <summary>Whether the requester has cleared the command.</summary>
    public bool IsWithdrawn { get; init; }

    /// <summary>What the quality gate measured, candidate and incumbent.</summary>
    public GateReport? Gate { get; init; }

    [JsonIgnore]
    public bool IsOver => State is UpdateState.Committed or UpdateState.RolledBack or UpdateState.Failed or UpdateState.Cancelled;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UpdateRecord))]
[JsonSerializable(typeof(UpdateCommand))]
[JsonSerializable(typeof(ProbeReport))]
internal sealed partial class UpdateJson : JsonSerializerContext;
