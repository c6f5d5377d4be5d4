using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Bundles.Slots;

namespace EdgeAgent.Updates.Steps;

/// <summary>Verifies the whole bundle on disk against its signature, and opens it once.</summary>
internal sealed class VerifyStep(UpdateContext context) : IUpdateStep
{
    public async Task<StepOutcome> RunAsync(StepInput input, CancellationToken cancellationToken)
    {
        var files = IncomingBundle.FilesOf(context.Slots.IncomingPath);
        var signature = Path.Combine(files, Bundle.SignatureFileName);
        await Task.Run(() => ModelVerifier.VerifyWithKey(files, signature, context.Keys.SignerOf(SignatureBundle.Load(signature)),
            new VerifyOptions()), cancellationToken).ConfigureAwait(false);
        var kind = context.Slots.Kind;
        await Task.Run(() => kind.Check(files), cancellationToken).ConfigureAwait(false);
        return StepOutcome.Move(input.Update with { State = UpdateState.Staging, Release = kind.Read(files).Release });
    }
}
