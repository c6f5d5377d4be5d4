using System.Collections.Concurrent;
using EdgeAgent.Bundles.Slots;

namespace EdgeAgent.Updates.Steps;

/// <summary>The step for each plan.</summary>
internal static class UpdateSteps
{
    /// <param name="dropped">Counts the chunks that were not taken.</param>
    public static IReadOnlyDictionary<UpdateStep, IUpdateStep> Create(UpdateContext context, UpdateHost host, FactsReader facts,
        IUpdateReporter reporter, ConcurrentDictionary<ChunkResult, long> dropped) => new Dictionary<UpdateStep, IUpdateStep>
        {
            [UpdateStep.Wait] = new WaitStep(context.Clock),
            [UpdateStep.Schedule] = new ScheduleStep(context),
            [UpdateStep.BeginDownload] = new BeginDownloadStep(),
            [UpdateStep.FetchManifest] = new FetchManifestStep(context, host),
            [UpdateStep.FetchChunks] = new FetchChunksStep(context, host, facts, reporter, dropped),
            [UpdateStep.Verify] = new VerifyStep(context),
            [UpdateStep.Stage] = new StageStep(context, host, reporter),
            [UpdateStep.StartTrial] = new StartTrialStep(context, host.Trials),
            [UpdateStep.WatchTrial] = new WatchTrialStep(),
            [UpdateStep.Commit] = new CommitStep(context.Slots, host.Trials),
            [UpdateStep.RollBack] = new RollBackStep(context.Slots, host.Trials),
            [UpdateStep.Fail] = new EndStep(UpdateState.Failed),
            [UpdateStep.Cancel] = new EndStep(UpdateState.Cancelled),
        };
}
