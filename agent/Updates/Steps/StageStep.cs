using EdgeAgent.Bundles.Slots;
using EdgeAgent.Platform;

namespace EdgeAgent.Updates.Steps;

/// <summary>
/// Installs the bundle in the free slot, has its engines built where a GPU needs them, and puts it through the quality gate. The incumbent
/// serves meanwhile.
/// </summary>
internal sealed class StageStep(UpdateContext context, UpdateHost host, IUpdateReporter reporter) : IUpdateStep
{
    private readonly GateProbe _probe = new(host.Probe, context.Options);

    public async Task<StepOutcome> RunAsync(StepInput input, CancellationToken cancellationToken)
    {
        var update = input.Update;
        var files = IncomingBundle.FilesOf(context.Slots.IncomingPath);
        // the free slot is the same before and after the move: nothing is promoted in between
        var slot = Directory.Exists(files) ? context.Slots.Install(files) : context.Slots.FreeSlot;
        var directory = context.Slots.PathOf(slot);
        if (BundleId.Of(directory) is var found && found != update.Command.Bundle)
            throw new ModelFileException(directory, $"bundle {update.Command.Bundle}", found ?? "none");
        if (await BuildAsync(update, directory, cancellationToken).ConfigureAwait(false) is { } words)
            return StepOutcome.End(update with { Slot = slot }, UpdateState.Failed, UpdateReasons.EngineBuildFailed, words);
        var gate = await _probe.MeasureAsync(directory, host.Trials.ServingDirectory, cancellationToken).ConfigureAwait(false);
        update = update with { Slot = slot, Gate = gate };
        return QualityGate.Refuse(gate.Candidate, gate.Incumbent, context.Options) is var (reason, detail)
            ? StepOutcome.End(update, UpdateState.Failed, reason, detail)
            : StepOutcome.Move(update with { State = UpdateState.Trial, Reason = null, Detail = null });
    }

    /// <returns>Why no engine could be built, in the builder's words; null where there is one, or none is needed.</returns>
    private async Task<string?> BuildAsync(UpdateRecord update, string directory, CancellationToken cancellationToken)
    {
        if (host.Engines is not { } engines) return null;
        var build = await engines.BuildAsync(directory, line =>
        {
            context.Pulse.Beat(); // a build may take longer than the watch allows to a step; it has a limit of its own
            reporter.Report(update with { Detail = $"building engines: {line}", UpdatedAt = context.Clock.GetUtcNow() });
        }, cancellationToken).ConfigureAwait(false);
        return build.Failure;
    }
}
