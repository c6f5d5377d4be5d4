using EdgeAgent.Bundles.Slots;
using EdgeAgent.Serving;

namespace EdgeAgent.Updates.Steps;

/// <summary>Ends a failed trial and quarantines its bundle.</summary>
internal sealed class RollBackStep(SlotStore slots, ITrialController trials) : IUpdateStep
{
    public async Task<StepOutcome> RunAsync(StepInput input, CancellationToken cancellationToken)
    {
        await trials.EndTrialAsync().ConfigureAwait(false);
        slots.Quarantine(input.Update.Command.Bundle);
        return StepOutcome.End(input.Update, UpdateState.RolledBack, input.Plan.Reason, input.Plan.Detail);
    }
}
