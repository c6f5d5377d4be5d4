using EdgeAgent.Updates.Sources;

namespace EdgeAgent.Updates.Steps;

/// <summary>Fetches the signed manifest; a trusted key must have signed it before any other byte is fetched.</summary>
internal sealed class FetchManifestStep(UpdateContext context, UpdateHost host) : IUpdateStep
{
    public async Task<StepOutcome> RunAsync(StepInput input, CancellationToken cancellationToken)
    {
        var (update, incoming) = (input.Update, input.Incoming!);
        var source = host.Sources(update.Command, new BandwidthLimiter(update.Command.Bandwidth, context.Clock));
        await using (source.ConfigureAwait(false))
            incoming.TakeManifest(await source.ManifestAsync(cancellationToken).ConfigureAwait(false), context.Keys.Verify);
        return StepOutcome.Move(update with
        {
            BytesTotal = incoming.TotalBytes,
            BytesDone = incoming.PresentBytes,
            Attempts = 0,
            NextRetry = null,
            Detail = null
        });
    }
}
