namespace EdgeAgent.Updates;

/// <summary>Compares two probes and decides whether a student may go on trial. Pure.</summary>
internal static class QualityGate
{
    /// <summary>Whether the candidate is too slow beside the incumbent. Other work on the device slows a probe, so measure again.</summary>
    public static bool IsSlow(ProbeReport candidate, ProbeReport? incumbent, UpdateOptions options) =>
        incumbent is not null && candidate.TokensPerSecond < options.MinSpeed * incumbent.TokensPerSecond;

    /// <summary>Why the candidate may not go on trial; null if it may.</summary>
    public static (string Reason, string Detail)? Refuse(ProbeReport candidate, ProbeReport? incumbent, UpdateOptions options)
    {
        if (candidate.Failure is { } failure)
            return (failure.StartsWith(UpdateReasons.HealthTimeout, StringComparison.Ordinal)
                ? UpdateReasons.HealthTimeout : UpdateReasons.EngineBuildFailed, failure);
        if (candidate.ClosedGate is { } closed) return (UpdateReasons.QualityGate, closed);
        double Share(ProbeReport p) => p.Golden > 0 ? (double)p.GoldenRight / p.Golden : 1;
        var least = Math.Max(options.GoldenShare, incumbent is { Failure: null } ? Share(incumbent) - options.GoldenTolerance : 0);
        if (Share(candidate) < least)
            return (UpdateReasons.QualityGate,
                $"{candidate.GoldenRight} of {candidate.Golden} golden prompts answered as accepted, at least {least:P0} are required");
        if (candidate.Leaks > (incumbent?.Leaks ?? 0))
            return (UpdateReasons.QualityGate, $"{candidate.Leaks} answers with personal data, the incumbent has {incumbent?.Leaks ?? 0}");
        if (candidate.Loops > (incumbent?.Loops ?? 0) + (int)(options.RepetitionTolerance * candidate.Golden))
            return (UpdateReasons.QualityGate,
                $"{candidate.Loops} answers repeat themselves, the incumbent has {incumbent?.Loops ?? 0}; Updates:RepetitionTolerance is " +
                $"{options.RepetitionTolerance}");
        if (incumbent is not { Failure: null }) return null;
        if (IsSlow(candidate, incumbent, options))
            return (UpdateReasons.QualityGate,
                $"{candidate.TokensPerSecond:F1} tokens per second, the incumbent has {incumbent.TokensPerSecond:F1}");
        if (options.MaxMemory > 0 && candidate.PeakMegabytes > options.MaxMemory * incumbent.PeakMegabytes)
            return (UpdateReasons.QualityGate, $"{candidate.PeakMegabytes:F0} MB, the incumbent has {incumbent.PeakMegabytes:F0}");
        return null;
    }
}
