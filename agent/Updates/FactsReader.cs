using EdgeAgent.Bundles.Slots;
using EdgeAgent.Serving;

namespace EdgeAgent.Updates;

/// <summary>Reads what the planner needs to know: from the clock, the slots, the journal and the device.</summary>
internal sealed class FactsReader(UpdateContext context, UpdateHost host)
{
    /// <param name="update">The oldest open update.</param>
    /// <param name="incoming">Its incoming bundle; null in other states than downloading.</param>
    public UpdateFacts Read(UpdateRecord update, IncomingBundle? incoming) => new()
    {
        Now = context.Clock.GetLocalNow(),
        Admission = host.Admission(),
        HasManifest = incoming?.Manifest is not null,
        IsSuperseded = context.Journal.Open.Count > 1 || context.Journal.KnowsNewerThan(update),
        IsWithdrawn = update.IsWithdrawn,
        IsQuarantined = context.Slots.IsQuarantined(update.Command.Bundle),
        Serving = context.Slots.Serving?.Bundle,
        TrialAttempts = context.Slots.Trial is { } trial && trial.Bundle == update.Command.Bundle ? trial.Attempts : 0,
        MaxTrialAttempts = context.Options.TrialAttempts,
        Trial = update.State == UpdateState.Trial ? host.Trials.Verdict : TrialVerdict.NotRunning,
    };
}
