using EdgeAgent.Serving;

namespace EdgeAgent.Updates;

/// <summary>Maps what is known to the next step. Pure: no clock, no disk, no network.</summary>
internal static class UpdatePlanner
{
    private static readonly TimeSpan AdmissionInterval = TimeSpan.FromSeconds(5);

    public static UpdatePlan Next(UpdateRecord update, UpdateFacts facts)
    {
        // the serving pointer has moved: the switch is done whatever the journal says; only the proof of serving is missing
        if (update.State == UpdateState.Trial && facts.Serving == update.Command.Bundle) return new UpdatePlan(UpdateStep.Commit);
        if (update.State < UpdateState.Trial)
        {
            if (facts.IsSuperseded) return new UpdatePlan(UpdateStep.Cancel, UpdateReasons.Superseded);
            if (facts.IsWithdrawn) return new UpdatePlan(UpdateStep.Cancel, UpdateReasons.Cancelled);
            if (facts.IsQuarantined)
                return new UpdatePlan(UpdateStep.Fail, UpdateReasons.QualityGate,
                    Detail: "the bundle failed a trial on this device before");
            if (UpdateRetry.Waits(update, facts.Now)) return new UpdatePlan(UpdateStep.Wait, update.Reason, update.NextRetry);
        }
        if (update.State == UpdateState.Init) return new UpdatePlan(UpdateStep.Schedule);
        // a trial that has begun does not wait
        if (update.State < UpdateState.Trial && Blocked(update, facts) is { } blocked) return blocked;
        return update.State switch
        {
            UpdateState.Scheduled => new UpdatePlan(UpdateStep.BeginDownload),
            // a download that a crash left complete goes through FetchChunks too: that step judges the release
            UpdateState.Downloading => new UpdatePlan(facts.HasManifest ? UpdateStep.FetchChunks : UpdateStep.FetchManifest),
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
            ? new UpdatePlan(UpdateStep.Wait, reason, facts.Now + AdmissionInterval, facts.Admission.Detail) : null;
    }
}
