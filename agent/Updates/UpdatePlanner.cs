namespace EdgeAgent.Updates;

/// <summary>What the device allows at present.</summary>
/// <param name="Reason">Why an update must wait; null when it may go on.</param>
/// <param name="Detail">What exactly, for people.</param>
internal sealed record Admission(string? Reason, string? Detail = null)
{
    public static readonly Admission Open = new((string?)null);
}

/// <summary>What is known when a step is chosen.</summary>
internal sealed record UpdateFacts
{
    public required DateTimeOffset Now { get; init; }
    public Admission Admission { get; init; } = Admission.Open;
    public bool HasManifest { get; init; }
    public bool IsComplete { get; init; }

    /// <summary>Whether a newer command is waiting.</summary>
    public bool IsSuperseded { get; init; }

    /// <summary>Whether the requester has taken the command back.</summary>
    public bool IsWithdrawn { get; init; }

    public bool IsQuarantined { get; init; }

    /// <summary>The bundle the pointer says serves.</summary>
    public string? Serving { get; init; }

    /// <summary>Starts of this bundle on trial so far, and how many are allowed.</summary>
    public int TrialAttempts { get; init; }
    public int MaxTrialAttempts { get; init; } = 3;

    /// <summary>How the trial goes.</summary>
    public TrialVerdict Trial { get; init; } = TrialVerdict.NotRunning;
}

internal enum TrialVerdict
{
    NotRunning, Running, Healthy, Failing, Hanging,
}

/// <summary>What to do next. One step at a time; each can be done again after a crash.</summary>
internal enum UpdateStep
{
    /// <summary>Nothing until <see cref="UpdatePlan.Until"/> or news.</summary>
    Wait,
    Schedule, BeginDownload, FetchManifest, FetchChunks, Verify, Stage, StartTrial, WatchTrial, Commit, RollBack, Fail, Cancel,
}

/// <param name="Reason">For steps that end or wait.</param>
internal sealed record UpdatePlan(UpdateStep Step, string? Reason = null, DateTimeOffset? Until = null, string? Detail = null);

/// <summary>Maps what is known to the next step. Pure: no clock, no disk, no network.</summary>
internal static class UpdatePlanner
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    public static UpdatePlan Next(UpdateRecord update, UpdateFacts facts)
    {
        // the pointer has moved: whatever the journal says, the switch is done and only its proof is missing
        if (update.State == UpdateState.Trial && facts.Serving == update.Command.Bundle) return new UpdatePlan(UpdateStep.Commit);
        if (update.State < UpdateState.Trial)
        {
            if (facts.IsSuperseded) return new UpdatePlan(UpdateStep.Cancel, UpdateReasons.Superseded);
            if (facts.IsWithdrawn) return new UpdatePlan(UpdateStep.Cancel, UpdateReasons.Cancelled);
            if (facts.IsQuarantined)
                return new UpdatePlan(UpdateStep.Fail, UpdateReasons.QualityGate,
                    Detail: "the bundle failed a trial on this device before");
            if (update.NextRetry is { } retry && facts.Now < retry) return new UpdatePlan(UpdateStep.Wait, update.Reason, retry);
        }
        if (update.State == UpdateState.Init) return new UpdatePlan(UpdateStep.Schedule);
        // a trial that has begun goes on: half the way is no place to wait
        if (update.State < UpdateState.Trial && Blocked(update, facts) is { } blocked) return blocked;
        return update.State switch
        {
            UpdateState.Scheduled => new UpdatePlan(UpdateStep.BeginDownload),
            UpdateState.Downloading =>
                new UpdatePlan(!facts.HasManifest
                    ? UpdateStep.FetchManifest : !facts.IsComplete ? UpdateStep.FetchChunks : UpdateStep.Verify),
            UpdateState.Verifying => new UpdatePlan(UpdateStep.Verify),
            UpdateState.Staging => new UpdatePlan(UpdateStep.Stage),
            UpdateState.Trial => facts.Trial switch
            {
                TrialVerdict.Healthy => new UpdatePlan(UpdateStep.Commit),
                TrialVerdict.Failing =>
                    new UpdatePlan(UpdateStep.RollBack, UpdateReasons.QualityGate, Detail: "queries failed during the trial"),
                TrialVerdict.Hanging =>
                    new UpdatePlan(UpdateStep.RollBack, UpdateReasons.HealthTimeout,
                        Detail: "a query did not get its answer in time during the trial"),
                TrialVerdict.Running => new UpdatePlan(UpdateStep.WatchTrial),
                _ when facts.TrialAttempts >= facts.MaxTrialAttempts =>
                    new UpdatePlan(UpdateStep.RollBack, UpdateReasons.HealthTimeout,
                        Detail: $"the process ended in each of {facts.TrialAttempts} starts of the trial"),
                _ => new UpdatePlan(UpdateStep.StartTrial),
            },
            _ => new UpdatePlan(UpdateStep.Wait),
        };
    }

    private static UpdatePlan? Blocked(UpdateRecord update, UpdateFacts facts)
    {
        if (update.Command.Window is { } text && MaintenanceWindow.TryParse(text, out var window) && window.OpensIn(facts.Now) is var wait
            && wait > TimeSpan.Zero)
            return new UpdatePlan(UpdateStep.Wait, UpdateReasons.WindowClosed, facts.Now + wait);
        return facts.Admission.Reason is { } reason
            ? new UpdatePlan(UpdateStep.Wait, reason, facts.Now + AskAgain, facts.Admission.Detail) : null;
    }
}
