namespace EdgeAgent.Updates.Steps;

/// <summary>Leaves a running trial alone until the next look at its verdict.</summary>
internal sealed class WatchTrialStep : IUpdateStep
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    public Task<StepOutcome> RunAsync(StepInput input, CancellationToken cancellationToken) =>
        Task.FromResult(StepOutcome.Stay(PollInterval));
}
