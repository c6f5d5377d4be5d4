namespace EdgeAgent.Updates;

/// <summary>What to do next, one step at a time. Every step can be repeated after a crash.</summary>
internal enum UpdateStep
{
    /// <summary>Nothing until <see cref="UpdatePlan.Until"/> or news.</summary>
    Wait,
    Schedule, BeginDownload, FetchManifest, FetchChunks, Verify, Stage, StartTrial, WatchTrial, Commit, RollBack, Fail, Cancel,
}

/// <param name="Step">The step.</param>
/// <param name="Reason">For steps that end or wait: one of <see cref="UpdateReasons"/>.</param>
/// <param name="Until">For <see cref="UpdateStep.Wait"/>: time to plan again; null for news only.</param>
/// <param name="Detail">For steps that end or wait: the cause, for people.</param>
internal sealed record UpdatePlan(UpdateStep Step, string? Reason = null, DateTimeOffset? Until = null, string? Detail = null);
