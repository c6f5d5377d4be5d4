namespace EdgeAgent.Updates.Steps;

/// <summary>Ends an update before its trial, for the plan's reason.</summary>
internal sealed class EndStep(UpdateState state) : IUpdateStep
{
    public Task<StepOutcome> RunAsync(StepInput input, CancellationToken cancellationToken) =>
        Task.FromResult(StepOutcome.End(input.Update, state, input.Plan.Reason, input.Plan.Detail));
}
