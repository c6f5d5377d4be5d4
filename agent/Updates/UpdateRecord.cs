using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeAgent.Updates;

/// <summary>States of an update, in their order; the last four end it.</summary>
[JsonConverter(typeof(KebabCaseConverter<UpdateState>))]
internal enum UpdateState
{
    Init, Scheduled, Downloading, Verifying, Staging, Trial, Committed, RolledBack, Failed, Cancelled,
}

/// <summary>Why an update waits, failed or was taken back; names as they stand on the topics.</summary>
internal static class UpdateReasons
{
    public const string SigInvalid = "SIG_INVALID", DigestMismatch = "DIGEST_MISMATCH", Downgrade = "DOWNGRADE", NoSpace = "NO_SPACE",
        Incompatible = "INCOMPATIBLE", EngineBuildFailed = "ENGINE_BUILD_FAILED",
        QualityGate = "QUALITY_GATE", HealthTimeout = "HEALTH_TIMEOUT", ThermalDefer = "THERMAL_DEFER", WindowClosed = "WINDOW_CLOSED",
        Cancelled = "CANCELLED", Superseded = "SUPERSEDED";
}

/// <summary>What a fleet manager asks for: the payload of cmd/model-update/{id}.</summary>
internal sealed record UpdateCommand
{
    /// <summary>SHA-256 of the bundle's model.sig, 64 lower-case hexadecimal digits.</summary>
    public required string Bundle { get; init; }

    /// <summary>http(s) URL of the bundle's directory; without it the chunks come over MQTT.</summary>
    public string? Url { get; init; }

    /// <summary>HH:MM-HH:MM, local time, in which the update may load and switch; over midnight if it ends before it begins.</summary>
    public string? Window { get; init; }

    /// <summary>Bytes a second, 0 for no limit.</summary>
    public long Bandwidth { get; init; }

    /// <summary>The start is put off by a random time of at most this many seconds.</summary>
    public double JitterS { get; init; }

    /// <summary>Share of live queries the new student answers while on trial, 0..1; the device's own setting where it is missing.</summary>
    public double? Canary { get; init; }

    /// <summary>A signed permission to install an older release (DSSE, see <see cref="SignedStatement"/>).</summary>
    public JsonElement? Permission { get; init; }

    private static readonly System.Buffers.SearchValues<char> Hex = System.Buffers.SearchValues.Create("0123456789abcdef");

    /// <summary>What is wrong with it; null where nothing is.</summary>
    public string? Problem()
    {
        if (Bundle.Length != 64 || Bundle.AsSpan().ContainsAnyExcept(Hex)) return "bundle must be 64 lower-case hexadecimal digits";
        if (Url is not null && !(Uri.TryCreate(Url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "file"))
            return "url must be http(s)";
        if (Window is not null && !MaintenanceWindow.TryParse(Window, out _)) return "window must be HH:MM-HH:MM";
        if (Bandwidth < 0) return "bandwidth must be 0 or more bytes a second";
        if (!(JitterS is >= 0 and <= 86_400)) return "jitter_s must be 0..86400";
        if (Canary is not null and not (>= 0 and <= 1)) return "canary must be 0..1";
        return null;
    }
}

/// <summary>One update as the journal has it: every transition writes it down whole.</summary>
internal sealed record UpdateRecord(string Id, UpdateCommand Command, UpdateState State)
{
    public string? Reason { get; init; }

    /// <summary>For people: what was expected and what was found.</summary>
    public string? Detail { get; init; }

    public DateTimeOffset ReceivedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Not before this; set by jitter and by retries.</summary>
    public DateTimeOffset? NextRetry { get; init; }

    public int Attempts { get; init; }
    public long BytesDone { get; init; }
    public long BytesTotal { get; init; }
    public string? Slot { get; init; }
    public long Release { get; init; }

    /// <summary>Whether the requester has cleared the command.</summary>
    public bool IsWithdrawn { get; init; }

    /// <summary>What the quality gate measured, candidate and incumbent.</summary>
    public GateReport? Gate { get; init; }

    [JsonIgnore]
    public bool IsOver => State is UpdateState.Committed or UpdateState.RolledBack or UpdateState.Failed or UpdateState.Cancelled;
}

/// <summary>A student's measurements beside the incumbent's.</summary>
internal sealed record GateReport(ProbeReport Candidate, ProbeReport? Incumbent);

/// <summary>What a probe of a bundle found, in a process of its own.</summary>
internal sealed record ProbeReport
{
    /// <summary>Golden prompts answered as accepted, and all of them.</summary>
    public int GoldenRight { get; init; }
    public int Golden { get; init; }

    public double TokensPerSecond { get; init; }
    public double PeakMegabytes { get; init; }

    /// <summary>Answers with personal data or secrets that nobody had asked with.</summary>
    public int Leaks { get; init; }

    /// <summary>Answers that went round in circles until they were cut.</summary>
    public int Loops { get; init; }

    /// <summary>Why the bundle could not be loaded or asked; null where it could.</summary>
    public string? Failure { get; init; }
}

/// <summary>Enum names as words with hyphens: RolledBack is rolled-back.</summary>
internal sealed class KebabCaseConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower) where T : struct, Enum;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UpdateRecord))]
[JsonSerializable(typeof(UpdateCommand))]
[JsonSerializable(typeof(ProbeReport))]
internal sealed partial class UpdateJson : JsonSerializerContext;
