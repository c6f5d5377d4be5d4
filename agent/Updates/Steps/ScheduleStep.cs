namespace EdgeAgent.Updates.Steps;

/// <summary>Sets the random start of an update; an update to the bundle that serves ends here.</summary>
internal sealed class ScheduleStep(UpdateContext context) : IUpdateStep
{
    public Task<StepOutcome> RunAsync(StepInput input, CancellationToken cancellationToken)
    {
        var update = input.Update;
        if (context.Slots.Serving?.Bundle == update.Command.Bundle)
            return Task.FromResult(StepOutcome.End(update, UpdateState.Committed, detail: "it serves already"));
        var jitter = update.Command.JitterS;
        return Task.FromResult(StepOutcome.Move(update with
        {
            State = UpdateState.Scheduled,
            NextRetry = jitter > 0 ? context.Clock.GetUtcNow() + TimeSpan.FromSeconds(jitter * context.Random.NextDouble()) : null
        }));
    }
}
