namespace EdgeAgent.Updates.Steps;

/// <summary>The device has admitted the update: the download begins.</summary>
internal sealed class BeginDownloadStep : IUpdateStep
{
    public Task<StepOutcome> RunAsync(StepInput input, CancellationToken cancellationToken) =>
        Task.FromResult(StepOutcome.Move(input.Update with { State = UpdateState.Downloading, Reason = null }));
}
