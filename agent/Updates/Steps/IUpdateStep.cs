using EdgeAgent.Bundles.Slots;

namespace EdgeAgent.Updates.Steps;

/// <summary>
/// One step of an update. Does its work and says what the update's state is now; the loop journals and reports that. A step can be
/// repeated after a crash at any point of it.
/// </summary>
internal interface IUpdateStep
{
    /// <exception cref="Bundles.Signing.VerificationException">Ends the update as failed.</exception>
    /// <exception cref="Platform.ModelFileException">Ends the update as failed.</exception>
    /// <exception cref="IOException">The update is tried again later.</exception>
    Task<StepOutcome> RunAsync(StepInput input, CancellationToken cancellationToken);
}

/// <param name="Update">The update as the journal has it.</param>
/// <param name="Plan">Why this step was chosen.</param>
/// <param name="Incoming">The incoming bundle; null in other states than downloading.</param>
internal sealed record StepInput(UpdateRecord Update, UpdatePlan Plan, IncomingBundle? Incoming);
