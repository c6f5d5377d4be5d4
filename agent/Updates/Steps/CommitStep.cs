using EdgeAgent.Bundles.Slots;
using EdgeAgent.Serving;

namespace EdgeAgent.Updates.Steps;

/// <summary>
/// Lets the student on trial serve. It must answer before the serving pointer moves, and the update is committed after both. After
/// a crash behind the pointer's move, only the answer is missing.
/// </summary>
internal sealed class CommitStep(SlotStore slots, ITrialController trials) : IUpdateStep
{
    public async Task<StepOutcome> RunAsync(StepInput input, CancellationToken cancellationToken)
    {
        var update = input.Update;
        var isSwitched = slots.Serving?.Bundle == update.Command.Bundle;
        try
        {
            await trials.PromoteAsync(slots.PathOf(update.Slot!), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!isSwitched && e is not OperationCanceledException) // whatever went wrong, the incumbent serves
        {
            await trials.EndTrialAsync().ConfigureAwait(false);
            slots.Quarantine(update.Command.Bundle);
            return StepOutcome.End(update, UpdateState.RolledBack, UpdateReasons.HealthTimeout, e.GetType().Name);
        }
        if (!isSwitched) slots.Promote(new ServingPointer(update.Slot!, update.Command.Bundle, update.Release));
        return StepOutcome.End(update, UpdateState.Committed);
    }
}
