using System.Text.Json.Serialization;
using EdgeAgent.Mqtt;
using EdgeAgent.Updates;

namespace EdgeAgent.Fleet;

[JsonConverter(typeof(KebabCaseConverter<RolloutState>))]
internal enum RolloutState
{
    Running, Done, Aborted,
}

/// <summary>A rollout as it is retained on the broker: any fleet manager can resume it.</summary>
internal sealed record RolloutRecord
{
    public const string StudentKind = "student", LibraryKind = "library";

    public required string Id { get; init; }
    public required string Bundle { get; init; }

    /// <summary>What the bundle is: <c>student</c> or <c>library</c>; null of a record that is older than libraries: a student.</summary>
    public string? Kind { get; init; }

    /// <summary>The operation of its commands.</summary>
    [JsonIgnore]
    public string Operation => Kind == LibraryKind ? Operations.LibraryUpdate : Operations.ModelUpdate;

    public string? Url { get; init; }

    /// <summary>How many devices have the bundle after each stage: counts, or shares with a percent sign.</summary>
    public required IReadOnlyList<string> Stages { get; init; }

    /// <summary>All devices, in the order they get it.</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    /// <summary>The rollout stops when a greater share of a stage's devices did not commit, or answers worse than before, 0..1.</summary>
    public double AbortAbove { get; init; } = 0.05;

    /// <summary>
    /// A device counts as failed when its users rate the new release worse than the one before it by more than this share, 0..1.
    /// </summary>
    public double WorseBy { get; init; } = 0.1;

    public string? Window { get; init; }

    /// <summary>Bytes a second for each device, 0 for no limit.</summary>
    public long Bandwidth { get; init; }

    /// <summary>Seconds over which devices spread their start.</summary>
    public double JitterS { get; init; }

    /// <summary>Seconds between a stage's last commit and the next stage.</summary>
    public double DwellS { get; init; }

    /// <summary>
    /// Longest time of a stage, seconds; 0 for no limit. Devices that have not ended by then are passed over, and the next in line
    /// take their places.
    /// </summary>
    public double StageTimeoutS { get; init; }

    /// <summary>When the rollout began; the time stamp of its commands.</summary>
    public DateTimeOffset? BegunAt { get; init; }

    public RolloutState State { get; init; }

    /// <summary>When the present stage began, or had devices replaced; null before that, or without a time limit.</summary>
    public DateTimeOffset? StageStartedAt { get; init; }

    /// <summary>Devices that were passed over. Their commands stay on the broker; one that ends later counts again.</summary>
    public IReadOnlyList<string> PassedOver { get; init; } = [];

    /// <summary>When the last device of the present stage ended; null while some have not.</summary>
    public DateTimeOffset? StageEndedAt { get; init; }

    /// <summary>Index of the present stage.</summary>
    public int Stage { get; init; }

    /// <summary>The command each device gets.</summary>
    public UpdateCommand ToCommand() => new()
    {
        Bundle = Bundle,
        Url = Url,
        Window = Window,
        Bandwidth = Bandwidth,
        JitterS = JitterS,
        IssuedAt = BegunAt
    };
}
