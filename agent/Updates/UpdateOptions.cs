using EdgeAgent.Serving;

namespace EdgeAgent.Updates;

/// <summary>Section <c>Updates</c>: limits a new student must keep, and how updates are run.</summary>
internal sealed record UpdateOptions
{
    public const string Section = "Updates";

    /// <summary>Whether the device takes updates.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Directory of the trusted public keys (*.pem).</summary>
    public string Keys { get; init; } = "/etc/edge-agent/keys";

    /// <summary>Bytes that must stay free beside old and new bundle, 0..1 TiB.</summary>
    public long SpaceMarginBytes { get; init; } = 256L << 20;

    /// <summary>Largest bundle, bytes, 1..1 TiB.</summary>
    public long MaxBundleBytes { get; init; } = 64L << 30;

    /// <summary>Share of the golden prompts that must be answered as accepted, 0..1.</summary>
    public double GoldenShare { get; init; } = 0.9;

    /// <summary>How much below the incumbent's share of golden answers the new one's may be, 0..1.</summary>
    public double GoldenTolerance { get; init; } = 0.02;

    /// <summary>Least share of the incumbent's tokens a second, 0..1.</summary>
    public double MinSpeed { get; init; } = 0.5;

    /// <summary>Most memory as a multiple of the incumbent's, 0 for no limit.</summary>
    public double MaxMemory { get; init; }

    /// <summary>Seconds the probe of a bundle may take, 1..86,400.</summary>
    public double ProbeSeconds { get; init; } = 600;

    /// <summary>Queries a row of the batch, running and waiting, above which updates wait, 0 (never) or up to 1000.</summary>
    public double MaxBusy { get; init; } = 2;

    /// <summary>Charge in percent below which updates wait while a battery or UPS is used up, 0 (never)..100.</summary>
    public double MinBatteryPercent { get; init; } = 30;

    /// <summary>Share of live queries the new student answers on trial, 0..1.</summary>
    public double Canary { get; init; } = 0.1;

    /// <summary>Live queries a trial wants to see answered, 0..100,000; it ends at the latest after <see cref="TrialSeconds"/>.</summary>
    public int TrialQueries { get; init; } = 20;

    /// <summary>Seconds a trial takes at most, 0..86,400.</summary>
    public double TrialSeconds { get; init; } = 60;

    /// <summary>Seconds within which a student on trial must begin to answer, 0.1..600.</summary>
    public double AnswerSeconds { get; init; } = 20;

    /// <summary>Starts of a bundle on trial before it is rolled back, 1..10.</summary>
    public int TrialAttempts { get; init; } = 3;

    /// <summary>Chunks asked for at once, 1..64.</summary>
    public int ChunksAtOnce { get; init; } = 4;

    /// <summary>Seconds without a chunk after which missing ones are asked for, 0.1..600.</summary>
    public double WantSeconds { get; init; } = 3;

    public TrialLimits ToTrialLimits() =>
        new(TrialQueries, TimeSpan.FromSeconds(TrialSeconds), TimeSpan.FromSeconds(AnswerSeconds));

    public IEnumerable<string> Problems()
    {
        foreach (var (key, value, min, max) in new[]
        {
            (nameof(SpaceMarginBytes), (double)SpaceMarginBytes, 0d, 1L << 40), (nameof(MaxBundleBytes), MaxBundleBytes, 1, 1L << 40),
            (nameof(MaxBusy), MaxBusy, 0, 1000), (nameof(MinBatteryPercent), MinBatteryPercent, 0, 100),
            (nameof(GoldenShare), GoldenShare, 0, 1), (nameof(GoldenTolerance), GoldenTolerance, 0, 1), (nameof(MinSpeed), MinSpeed, 0, 1),
            (nameof(MaxMemory), MaxMemory, 0, 100), (nameof(ProbeSeconds), ProbeSeconds, 1, 86_400), (nameof(Canary), Canary, 0, 1),
            (nameof(TrialQueries), TrialQueries, 0, 100_000), (nameof(TrialSeconds), TrialSeconds, 0, 86_400),
            (nameof(AnswerSeconds), AnswerSeconds, 0.1, 600), (nameof(TrialAttempts), TrialAttempts, 1, 10),
            (nameof(ChunksAtOnce), ChunksAtOnce, 1, 64), (nameof(WantSeconds), WantSeconds, 0.1, 600),
        })
            if (!(value >= min && value <= max)) yield return $"{Section}:{key} must be {min}..{max}, found {value}";
    }
}
