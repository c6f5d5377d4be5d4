using EdgeAgent.Platform;
using EdgeAgent.Serving;

namespace EdgeAgent.Updates.Steps;

/// <summary>
/// Loads the bundle beside the incumbent. The attempt is counted on disk first, so that a student that ends the process is
/// counted too.
/// </summary>
internal sealed class StartTrialStep(UpdateContext context, ITrialController trials) : IUpdateStep
{
    public async Task<StepOutcome> RunAsync(StepInput input, CancellationToken cancellationToken)
    {
        var update = input.Update;
        context.Slots.CountAttempt(update.Slot!, update.Command.Bundle, update.Release);
        try
        {
            await trials.StartTrialAsync(context.Slots.PathOf(update.Slot!), update.Command.Canary ?? context.Options.Canary,
                cancellationToken).ConfigureAwait(false);
            return StepOutcome.Stay(TimeSpan.Zero);
        }
        catch (Exception e) when (e is not OperationCanceledException) // a bundle is not trusted: whatever it does, the incumbent serves
        {
            context.Slots.Quarantine(update.Command.Bundle);
            await trials.EndTrialAsync().ConfigureAwait(false);
            return StepOutcome.End(update, UpdateState.RolledBack, UpdateReasons.EngineBuildFailed,
                e is ModelFileException ? e.Message : e.GetType().Name);
        }
    }
}
