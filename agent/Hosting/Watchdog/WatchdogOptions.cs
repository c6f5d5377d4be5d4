using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Hosting.Watchdog;

/// <summary>When the service manager kills a process that no longer gets on, and starts another.</summary>
internal sealed record WatchdogOptions
{
    /// <summary>
    /// Time without a sign of life of the decode loop, the link or the updates, after which systemd's watchdog is fed no longer. Keep it
    /// above <c>Supervisor:StallSeconds</c>: a student that hangs is loaded again without a restart. Unused where systemd does not watch.
    /// </summary>
    [Duration("LoopSeconds", DurationUnit.Seconds), Range(5, 3600)]
    public TimeSpan LoopTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
