namespace EdgeAgent.Serving;

/// <summary>Section <c>Guard</c>: when the engine counts as broken, and how it comes back.</summary>
internal sealed record SupervisorOptions
{
    public const string Section = "Guard";

    /// <summary>Seconds without a step, although there is work, after which the engine counts as hung, 0.2..600.</summary>
    public double StallSeconds { get; init; } = 15;

    /// <summary>
    /// Share of answers that fail, 0.05..1, of at least <see cref="FailuresAtLeast"/> (2..1000) within
    /// <see cref="FailureSeconds"/> (0.5..3600).
    /// </summary>
    public double FailureRatio { get; init; } = 0.5;

    public int FailuresAtLeast { get; init; } = 3;

    public double FailureSeconds { get; init; } = 30;

    /// <summary>
    /// Seconds before the engine is loaded again, doubling, 0.01..60, up to <see cref="MaxBackOffSeconds"/> (0.01..3600).
    /// </summary>
    public double BackOffSeconds { get; init; } = 1;

    public double MaxBackOffSeconds { get; init; } = 60;

    /// <summary>Failed attempts after which the next execution provider is tried, 1..100.</summary>
    public int AttemptsPerProvider { get; init; } = 2;

    /// <summary>
    /// Hanging engines given up, 0..1000, after which the process ends so that the service manager begins a new one: each holds its memory.
    /// </summary>
    public int MaxGivenUp { get; init; } = 3;

    public IEnumerable<string> Problems()
    {
        foreach (var (key, value, min, max) in new[]
        {
            ("StallSeconds", StallSeconds, 0.2, 600), ("FailureRatio", FailureRatio, 0.05, 1),
            ("FailuresAtLeast", FailuresAtLeast, 2, 1000), ("FailureSeconds", FailureSeconds, 0.5, 3600),
            ("BackOffSeconds", BackOffSeconds, 0.01, 60), ("MaxBackOffSeconds", MaxBackOffSeconds, 0.01, 3600),
            ("AttemptsPerProvider", AttemptsPerProvider, 1, 100), ("MaxGivenUp", MaxGivenUp, 0, 1000),
        })
            if (!(value >= min && value <= max)) yield return $"{Section}:{key} must be {min}..{max}, found {value}";
    }
}
