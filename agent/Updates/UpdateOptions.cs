using EdgeAgent.Platform.Configuration;
using EdgeAgent.Serving;

namespace EdgeAgent.Updates;

/// <summary>How updates of the student are received, tested and accepted.</summary>
internal sealed record UpdateOptions
{
    /// <summary>Accepts updates. Switched off, the student of <c>Student:Model</c> serves.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>
    /// Directory of the trusted public keys (<c>*.pem</c>, <c>*.pub</c>, <c>*.crt</c>). Only bundles signed by one of them are installed.
    /// </summary>
    public string Keys { get; init; } = "/etc/edge-agent/keys";

    /// <summary>Disk space that must stay free beside the old and the new bundle.</summary>
    [Unit("bytes"), Range(0, 1L << 40)]
    public long SpaceMarginBytes { get; init; } = 256L << 20;

    /// <summary>Largest bundle that is accepted.</summary>
    [Unit("bytes"), Range(1, 1L << 40)]
    public long MaxBundleBytes { get; init; } = 64L << 30;

    /// <summary>Share of the bundle's golden prompts that the new student must answer as accepted.</summary>
    [Unit("share"), Range(0, 1)]
    public double GoldenShare { get; init; } = 0.9;

    /// <summary>How far the new student's share of accepted golden answers may be below the serving student's.</summary>
    [Unit("share"), Range(0, 1)]
    public double GoldenTolerance { get; init; } = 0.02;

    /// <summary>
    /// Share of golden answers that may repeat themselves beyond those of the serving student. A small student changes one or two of
    /// them with every quantization.
    /// </summary>
    [Unit("share"), Range(0, 1)]
    public double RepetitionTolerance { get; init; }

    /// <summary>Least speed of the new student, as a share of the serving student's tokens per second. 0: any.</summary>
    [Unit("share"), Range(0, 1)]
    public double MinSpeed { get; init; } = 0.5;

    /// <summary>Most memory of the new student, as a multiple of the serving student's. 0: no limit.</summary>
    [Unit("multiple"), Range(0, 100)]
    public double MaxMemory { get; init; }

    /// <summary>Time the test of a new bundle may take before it fails. Raise it where a large engine is built on the device.</summary>
    [Duration("ProbeSeconds", DurationUnit.Seconds), Range(1, 86_400)]
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Queries per row, running and waiting, above which updates wait. 0: they never wait for load.</summary>
    [Unit("queries/row"), Range(0, 1000)]
    public double MaxBusy { get; init; } = 2;

    /// <summary>Battery charge below which updates wait while the device runs on a battery or UPS. 0: they never wait for it.</summary>
    [Unit("%"), Range(0, 100)]
    public double MinBatteryPercent { get; init; } = 30;

    /// <summary>Share of live queries that the new student answers on trial.</summary>
    [Unit("share"), Range(0, 1)]
    public double Canary { get; init; } = 0.1;

    /// <summary>
    /// Live queries that the new student answers before the trial is judged. It is judged after <c>TrialSeconds</c> at the latest.
    /// </summary>
    [Unit("queries"), Range(0, 100_000)]
    public int TrialQueries { get; init; } = 20;

    /// <summary>Longest time a trial takes. Raise it where queries are rare.</summary>
    [Duration("TrialSeconds", DurationUnit.Seconds), Range(0, 86_400)]
    public TimeSpan TrialDuration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Time within which a student on trial must begin its answer.</summary>
    [Duration("AnswerSeconds", DurationUnit.Seconds), Range(0.1, 600)]
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Starts of the agent with a student on trial after which the student is rolled back.</summary>
    [Unit("starts"), Range(1, 10)]
    public int TrialAttempts { get; init; } = 3;

    /// <summary>Chunks asked for at once. Lower it on slow links that others share.</summary>
    [Unit("chunks"), Range(1, 64)]
    public int ChunksAtOnce { get; init; } = 4;

    /// <summary>Time without a chunk after which missing ones are asked for. Raise it on links with long delays.</summary>
    [Duration("WantSeconds", DurationUnit.Seconds), Range(0.1, 600)]
    public TimeSpan WantDelay { get; init; } = TimeSpan.FromSeconds(3);

    public TrialLimits ToTrialLimits() => new(TrialQueries, TrialDuration, AnswerTimeout);
}
