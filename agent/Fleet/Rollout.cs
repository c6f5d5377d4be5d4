using System.Globalization;
using System.Text.Json.Serialization;
using EdgeAgent.Updates;

namespace EdgeAgent.Fleet;

/// <summary>A rollout as it stands retained on the broker: any fleet manager can take it up where another stopped.</summary>
internal sealed record RolloutRecord
{
    public required string Id { get; init; }
    public required string Bundle { get; init; }
    public string? Url { get; init; }

    /// <summary>How many devices each stage brings it to: counts, or shares with a percent sign.</summary>
    public required IReadOnlyList<string> Stages { get; init; }

    /// <summary>All devices, in the order they get it.</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    /// <summary>The rollout stops when a greater share of a stage's devices did not commit, or answers worse than before, 0..1.</summary>
    public double AbortAbove { get; init; } = 0.05;

    /// <summary>
    /// A device counts like one that failed where people rate the new release worse than the one before it by more than this share, 0..1.
    /// </summary>
    public double WorseBy { get; init; } = 0.1;

    public string? Window { get; init; }
    public long Bandwidth { get; init; }
    public double JitterS { get; init; }

    /// <summary>Seconds between a stage's last commit and the next stage.</summary>
    public double DwellS { get; init; }

    /// <summary>running, done or aborted.</summary>
    public string State { get; init; } = Running;

    /// <summary>When the present stage's last device ended; null while some have not.</summary>
    public DateTimeOffset? StageEndedAt { get; init; }

    public int Stage { get; init; }

    public const string Running = "running", Done = "done", Aborted = "aborted";
}

/// <summary>A device's latest word on the rollout's bundle.</summary>
/// <param name="IsWorse">It has committed, and people like the answers less than before.</param>
internal sealed record DeviceProgress(UpdateState State, string? Reason, long BytesDone, long BytesTotal, DateTimeOffset? UpdatedAt,
    bool IsWorse = false);

/// <summary>What the fleet manager does next: commands to send, and the rollout's new record.</summary>
internal sealed record RolloutPlan(RolloutRecord Record, IReadOnlyList<string> Send, IReadOnlyList<string> Withdraw);

/// <summary>Decides a rollout's next move. Pure.</summary>
internal static class RolloutPlanner
{
    /// <summary>How many devices a stage means.</summary>
    /// <exception cref="FormatException">Neither a count nor a percentage.</exception>
    public static int Count(string stage, int devices)
    {
        ArgumentNullException.ThrowIfNull(stage);
        if (stage.EndsWith('%') && double.TryParse(stage.AsSpan(0, stage.Length - 1), CultureInfo.InvariantCulture, out var percent)
            && percent is > 0 and <= 100) return Math.Clamp((int)Math.Ceiling(devices * percent / 100), 1, devices);
        if (int.TryParse(stage, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
            return Math.Min(count, devices);
        throw new FormatException($"a stage is a count of devices or a percentage, found '{stage}'");
    }

    /// <param name="progress">By device; devices that have said nothing are missing.</param>
    /// <param name="sent">Devices that have the command.</param>
    public static RolloutPlan Next(RolloutRecord rollout, IReadOnlyDictionary<string, DeviceProgress> progress, IReadOnlySet<string> sent,
        DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        if (rollout.State != RolloutRecord.Running) return new RolloutPlan(rollout, [], []);
        var stage = rollout.Devices.Take(Count(rollout.Stages[rollout.Stage], rollout.Devices.Count)).ToList();
        var ended =
            stage.Where(d =>
                progress.TryGetValue(d, out var p)
                && p.State is UpdateState.Committed or UpdateState.Failed or UpdateState.RolledBack or UpdateState.Cancelled).ToList();
        var bad = ended.Count(d => progress[d].State != UpdateState.Committed || progress[d].IsWorse);
        if (ended.Count > 0 && bad > rollout.AbortAbove * stage.Count)
            return new RolloutPlan(rollout with { State = RolloutRecord.Aborted }, [],
                [.. sent.Where(d => !progress.TryGetValue(d, out var p) || p.State < UpdateState.Committed)]);
        var send = stage.Where(d => !sent.Contains(d)).ToList();
        if (send.Count > 0 || ended.Count < stage.Count) return new RolloutPlan(rollout with { StageEndedAt = null }, send, []);
        if (rollout.Stage + 1 >= rollout.Stages.Count) return new RolloutPlan(rollout with { State = RolloutRecord.Done }, [], []);
        if (rollout.StageEndedAt is not { } since) return new RolloutPlan(rollout with { StageEndedAt = now }, [], []);
        return now - since < TimeSpan.FromSeconds(rollout.DwellS)
            ? new RolloutPlan(rollout, [], []) : new RolloutPlan(rollout with { Stage = rollout.Stage + 1, StageEndedAt = null }, [], []);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RolloutRecord))]
internal sealed partial class RolloutJson : JsonSerializerContext;
