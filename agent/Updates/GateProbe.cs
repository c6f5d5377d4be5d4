using EdgeAgent.Bundles;

namespace EdgeAgent.Updates;

/// <summary>Measures a candidate and the incumbent for the quality gate.</summary>
internal sealed class GateProbe(IBundleProbe probe, UpdateOptions options)
{
    private const int MaxSpeedRounds = 3;

    /// <summary>
    /// Both answer the candidate's golden prompts. A candidate that seems too slow is measured again: other work on the device
    /// slows a probe, so the fastest of up to three rounds counts for each.
    /// </summary>
    public async Task<GateReport> MeasureAsync(string directory, string incumbentDirectory, CancellationToken cancellationToken)
    {
        var golden = Path.Combine(directory, Bundle.GoldenFileName) is var file && File.Exists(file) ? file : null;
        var candidate = await probe.ProbeAsync(directory, golden: null, cancellationToken).ConfigureAwait(false);
        if (candidate.Failure is not null) return new GateReport(candidate, null);
        var incumbent = await probe.ProbeAsync(incumbentDirectory, golden, cancellationToken).ConfigureAwait(false);
        for (var round = 1; round < MaxSpeedRounds && QualityGate.IsSlow(candidate, incumbent, options); round++)
        {
            var again = await probe.ProbeAsync(directory, golden: null, cancellationToken).ConfigureAwait(false);
            var before = await probe.ProbeAsync(incumbentDirectory, golden, cancellationToken).ConfigureAwait(false);
            candidate = candidate with { TokensPerSecond = Math.Max(candidate.TokensPerSecond, again.TokensPerSecond) };
            incumbent = incumbent with { TokensPerSecond = Math.Max(incumbent.TokensPerSecond, before.TokensPerSecond) };
        }
        return new GateReport(candidate, incumbent);
    }
}
