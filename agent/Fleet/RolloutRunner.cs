namespace EdgeAgent.Fleet;

/// <summary>Carries out what <see cref="RolloutPlanner"/> decides, over the site's broker.</summary>
internal sealed class RolloutRunner(SiteClient site, TimeProvider clock)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(300);

    /// <summary>Runs the rollout until it is done or aborted, by its own rule or by another fleet manager.</summary>
    /// <returns>Its last record.</returns>
    /// <exception cref="IOException">The broker is gone.</exception>
    public async Task<RolloutRecord> RunAsync(RolloutRecord record, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(record);
        await site.PutRolloutAsync(record, cancellationToken).ConfigureAwait(false);
        while (record.State == RolloutState.Running)
        {
            if (site.View.Rollout is { State: RolloutState.Aborted } aborted && aborted.Id == record.Id) return aborted;
            var plan = RolloutPlanner.Next(record, site.View.ProgressOf(record), site.View.SentOf(record), clock.GetUtcNow());
            await CarryOutAsync(plan, record, cancellationToken).ConfigureAwait(false);
            record = plan.Record;
            if (record.State == RolloutState.Running) await Task.Delay(PollInterval, clock, cancellationToken).ConfigureAwait(false);
        }
        return record;
    }

    /// <summary>Stops the rollout: devices that have not committed lose the command.</summary>
    public async Task<RolloutRecord> AbortAsync(RolloutRecord record, CancellationToken cancellationToken)
    {
        var plan = RolloutPlanner.Abort(record, site.View.ProgressOf(record), site.View.SentOf(record));
        // first the record: a fleet manager that runs the rollout must not send what is withdrawn
        await site.PutRolloutAsync(plan.Record, cancellationToken).ConfigureAwait(false);
        await CarryOutAsync(plan, plan.Record, cancellationToken).ConfigureAwait(false);
        return plan.Record;
    }

    private async Task CarryOutAsync(RolloutPlan plan, RolloutRecord before, CancellationToken cancellationToken)
    {
        foreach (var device in plan.Send)
            await site.CommandAsync(device, before.Id, before.ToCommand(), cancellationToken).ConfigureAwait(false);
        foreach (var device in plan.Withdraw) await site.WithdrawAsync(device, before.Id, cancellationToken).ConfigureAwait(false);
        if (plan.Record != before) await site.PutRolloutAsync(plan.Record, cancellationToken).ConfigureAwait(false);
    }
}
