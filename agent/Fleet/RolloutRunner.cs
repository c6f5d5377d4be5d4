namespace EdgeAgent.Fleet;

/// <summary>Carries out what <see cref="RolloutPlanner"/> decides, over the site's broker.</summary>
internal sealed class RolloutRunner(SiteClient site, TimeProvider clock)
{
    /// <summary>How long retained topics take to arrive after the subscription.</summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(700);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(300);
    private readonly RolloutNews _news = new();
    private int _connections = 1;

    /// <summary>Takes each change of the rollout and of its devices.</summary>
    public Action<RolloutChange> Report { get; init; } = _ => { };

    /// <summary>Runs the rollout until it is done or aborted, by its own rule or by another fleet manager.</summary>
    /// <returns>Its last record.</returns>
    /// <exception cref="IOException">The broker is gone for good.</exception>
    public async Task<RolloutRecord> RunAsync(RolloutRecord record, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(record);
        _connections = site.Connections;
        await site.PutRolloutAsync(record, cancellationToken).ConfigureAwait(false);
        while (record.State == RolloutState.Running)
        {
            site.ThrowIfGone();
            // without a connection the view is old: nobody is silent, the link is
            if (site.IsConnected)
            {
                if (_connections != site.Connections) record = await RestoreAsync(record, cancellationToken).ConfigureAwait(false);
                if (AbortedByAnother(record) is { } aborted) record = aborted;
                else record = await NextAsync(record, cancellationToken).ConfigureAwait(false);
                foreach (var change in _news.Since(record, site.View)) Report(change);
            }
            if (record.State == RolloutState.Running) await Task.Delay(PollInterval, clock, cancellationToken).ConfigureAwait(false);
        }
        await ClearAsync(record, cancellationToken).ConfigureAwait(false);
        return record;
    }

    /// <summary>Stops the rollout: devices that have not committed lose the command.</summary>
    public async Task<RolloutRecord> AbortAsync(RolloutRecord record, CancellationToken cancellationToken)
    {
        var plan = RolloutPlanner.Abort(record, site.View.ProgressOf(record), site.View.SentOf(record));
        // first the record: a fleet manager that runs the rollout must not send what is withdrawn
        await site.PutRolloutAsync(plan.Record, cancellationToken).ConfigureAwait(false);
        await CarryOutAsync(plan, plan.Record, cancellationToken).ConfigureAwait(false);
        await ClearAsync(plan.Record, cancellationToken).ConfigureAwait(false);
        return plan.Record;
    }

    private async Task<RolloutRecord> NextAsync(RolloutRecord record, CancellationToken cancellationToken)
    {
        var plan = RolloutPlanner.Next(record, site.View.ProgressOf(record), site.View.SentOf(record), clock.GetUtcNow());
        await CarryOutAsync(plan, record, cancellationToken).ConfigureAwait(false);
        return plan.Record;
    }

    private RolloutRecord? AbortedByAnother(RolloutRecord record) =>
        site.View.Rollout is { State: RolloutState.Aborted } aborted && aborted.Id == record.Id ? aborted : null;

    /// <summary>
    /// After a new connection: a broker that lost its retained messages gets the record and the commands again. A device runs a
    /// command of a known id once. The stage's time limit begins anew.
    /// </summary>
    private async Task<RolloutRecord> RestoreAsync(RolloutRecord record, CancellationToken cancellationToken)
    {
        _connections = site.Connections;
        await Task.Delay(SettleTime, clock, cancellationToken).ConfigureAwait(false);
        if (AbortedByAnother(record) is not null) return record;
        record = record with { StageStartedAt = null };
        await site.PutRolloutAsync(record, cancellationToken).ConfigureAwait(false);
        var progress = site.View.ProgressOf(record);
        foreach (var device in site.View.SentOf(record).Where(d => !(progress.TryGetValue(d, out var p) && p.IsOver)).ToList())
            await site.CommandAsync(device, record, cancellationToken).ConfigureAwait(false);
        return record;
    }

    private async Task CarryOutAsync(RolloutPlan plan, RolloutRecord before, CancellationToken cancellationToken)
    {
        foreach (var device in plan.Send)
            await site.CommandAsync(device, before, cancellationToken).ConfigureAwait(false);
        foreach (var device in plan.Withdraw) await site.WithdrawAsync(device, before, cancellationToken).ConfigureAwait(false);
        if (plan.Record != before) await site.PutRolloutAsync(plan.Record, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Clears the commands of devices that have ended: nothing of a finished rollout is left for a later device.</summary>
    private async Task ClearAsync(RolloutRecord record, CancellationToken cancellationToken)
    {
        var progress = site.View.ProgressOf(record);
        foreach (var device in site.View.SentOf(record).Where(d => progress.TryGetValue(d, out var p) && p.IsOver).ToList())
            await site.WithdrawAsync(device, record, cancellationToken).ConfigureAwait(false);
    }
}
