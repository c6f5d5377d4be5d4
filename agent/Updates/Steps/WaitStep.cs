namespace EdgeAgent.Updates.Steps;

/// <summary>Waits until the plan's time, or for news. The first wait for a cause is journaled, so that the status names it.</summary>
internal sealed class WaitStep(TimeProvider clock) : IUpdateStep
{
    private static readonly TimeSpan MinWait = TimeSpan.FromMilliseconds(1);

    public Task<StepOutcome> RunAsync(StepInput input, CancellationToken cancellationToken)
    {
        var (update, plan, _) = input;
        TimeSpan? wait = plan.Until is { } until ? Max(until - clock.GetUtcNow(), MinWait) : null;
        var isNamed = update.Reason == plan.Reason && (plan.Reason is null || update.Detail == plan.Detail);
        return Task.FromResult(isNamed
            ? StepOutcome.Stay(wait)
            : new StepOutcome(update with
            {
                Reason = plan.Reason,
                Detail = plan.Detail ?? (plan.Reason is null ? update.Detail : null),
                NextRetry = plan.Reason is null ? update.NextRetry : null
            }, wait));
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
