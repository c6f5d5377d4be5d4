using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Serving;

/// <summary>When the inference engine counts as broken, and how it is brought back.</summary>
internal sealed record SupervisorOptions
{
    /// <summary>
    /// Time without a step, although there is work, after which the engine counts as hung and is loaded again. Raise it for a student
    /// whose steps are very slow.
    /// </summary>
    [Duration("StallSeconds", DurationUnit.Seconds), Range(0.2, 600)]
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Share of failed answers within <c>FailureSeconds</c> from which the engine is loaded again.
    /// </summary>
    [Unit("share"), Range(0.05, 1)]
    public double FailureRatio { get; init; } = 0.5;

    /// <summary>Answers within <c>FailureSeconds</c> below which the share of failures is not judged.</summary>
    [Unit("answers"), Range(2, 1000)]
    public int FailuresAtLeast { get; init; } = 3;

    /// <summary>Window in which failed answers are counted.</summary>
    [Duration("FailureSeconds", DurationUnit.Seconds), Range(0.5, 3600)]
    public TimeSpan FailureWindow { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Delay before the engine is loaded again after a failed attempt. It doubles with each attempt.</summary>
    [Duration("BackOffSeconds", DurationUnit.Seconds), Range(0.01, 60)]
    public TimeSpan BackOff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest delay between two attempts to load the engine.</summary>
    [Duration("MaxBackOffSeconds", DurationUnit.Seconds), Range(0.01, 3600)]
    public TimeSpan MaxBackOff { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Failed attempts after which the next execution provider is tried.</summary>
    [Unit("attempts"), Range(1, 100)]
    public int AttemptsPerProvider { get; init; } = 2;

    /// <summary>
    /// Hung engines the process may give up before it exits and the service manager starts a new one. Each keeps its memory until
    /// then. Lower it on devices with little memory.
    /// </summary>
    [Unit("engines"), Range(0, 1000)]
    public int MaxGivenUp { get; init; } = 3;
}
