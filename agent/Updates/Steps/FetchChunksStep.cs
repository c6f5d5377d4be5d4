using System.Collections.Concurrent;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Updates.Sources;

namespace EdgeAgent.Updates.Steps;

/// <summary>
/// Takes the chunks that installed bundles have, then fetches the rest. Ends early, keeping what is there, when the planner would
/// do something else. The release is judged as soon as student.json, or library.json,
/// is complete.
/// </summary>
internal sealed class FetchChunksStep(UpdateContext context, UpdateHost host, FactsReader facts, IUpdateReporter reporter,
    ConcurrentDictionary<ChunkResult, long> dropped) : IUpdateStep
{
    private const long ReportEveryBytes = 4 << 20;

    public async Task<StepOutcome> RunAsync(StepInput input, CancellationToken cancellationToken)
    {
        var (update, incoming) = (input.Update, input.Incoming!);
        if (SpaceCheck.Refuse(incoming, context.Slots, context.Options) is var (reason, detail))
            return StepOutcome.End(update, UpdateState.Failed, reason, detail);
        foreach (var installed in context.Slots.Installed.Append(host.Trials.ServingDirectory)) incoming.TakeFrom(installed);
        update = update with { BytesTotal = incoming.TotalBytes, BytesDone = incoming.PresentBytes };
        if (!incoming.IsComplete && await FetchAsync(update, incoming, cancellationToken).ConfigureAwait(false) is { } interrupted)
            return interrupted;
        if (Judge(update, incoming) is { } refused) return refused;
        return !incoming.IsComplete
            ? Unserved(input.Update, incoming)
            : StepOutcome.Move(update with
            {
                State = UpdateState.Verifying,
                BytesDone = incoming.PresentBytes,
                Attempts = 0,
                NextRetry = null,
                Reason = null,
                Detail = null
            });
    }

    /// <summary>Null once the source has given all it has.</summary>
    private async Task<StepOutcome?> FetchAsync(UpdateRecord update, IncomingBundle incoming, CancellationToken cancellationToken)
    {
        var reported = incoming.PresentBytes;
        var isJudged = false;
        var source = host.Sources(update.Command, new BandwidthLimiter(update.Command.Bandwidth, context.Clock));
        await using (source.ConfigureAwait(false))
            await foreach (var (chunk, content) in source.ChunksAsync(incoming, cancellationToken).ConfigureAwait(false))
            {
                context.Pulse.Beat();
                if (incoming.Take(chunk, content.Span) is var result && result != ChunkResult.Taken)
                {
                    dropped.AddOrUpdate(result, 1, (_, n) => n + 1);
                    continue;
                }
                if (incoming.PresentBytes - reported >= ReportEveryBytes)
                {
                    reported = incoming.PresentBytes;
                    reporter.Report(update with { BytesDone = reported, Detail = null, UpdatedAt = context.Clock.GetUtcNow() });
                }
                if (!isJudged && incoming.HasKindManifest)
                {
                    isJudged = true;
                    if (Judge(update, incoming) is { } refused) return refused;
                }
                if (context.Journal.Find(update.Id) is { } now
                    && UpdatePlanner.Next(now, facts.Read(now, incoming)).Step != UpdateStep.FetchChunks)
                    return StepOutcome.Stay(TimeSpan.Zero);
            }
        return null;
    }

    /// <summary>The source gave less than is missing: the device asks again, and its status says for what.</summary>
    private static StepOutcome Unserved(UpdateRecord update, IncomingBundle incoming)
    {
        var detail = $"{incoming.Chunks - incoming.Present} of {incoming.Chunks} chunks are missing, and nobody sends them; expected " +
            "'edge-agent fleet publish' or 'docs publish'. They are asked for again";
        return update.Detail == detail ? StepOutcome.Stay(TimeSpan.Zero) : StepOutcome.Move(update with
        {
            BytesDone = incoming.PresentBytes,
            BytesTotal = incoming.TotalBytes,
            Detail = detail
        });
    }

    private StepOutcome? Judge(UpdateRecord update, IncomingBundle incoming) =>
        DowngradeCheck.Refuse(update.Command, incoming, (host.Trials.ServingRelease, context.Slots.Kind), context.Keys)
            is var (reason, detail) ? StepOutcome.End(update, UpdateState.Failed, reason, detail) : null;
}
