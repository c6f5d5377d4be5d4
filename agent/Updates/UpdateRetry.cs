namespace EdgeAgent.Updates;

/// <summary>When an update that failed for a while is tried again. Pure.</summary>
internal static class UpdateRetry
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2), Max = TimeSpan.FromMinutes(5);
    private const double MinFactor = 0.75, MaxFactor = 1.25;

    /// <summary>Longest time between two attempts.</summary>
    public static TimeSpan MaxDelay => Max * MaxFactor;

    /// <param name="attempts">Failed attempts since the last progress.</param>
    /// <param name="chance">0..1: spreads devices that failed at the same moment.</param>
    public static TimeSpan Delay(int attempts, double chance) =>
        TimeSpan.FromSeconds(Math.Min(Max.TotalSeconds, First.TotalSeconds * Math.Pow(2, Math.Min(attempts, 10))))
        * (MinFactor + (MaxFactor - MinFactor) * chance);

    /// <summary>
    /// Whether the update waits for its next attempt. A time that is further away than any delay was written by a clock that was
    /// wrong: it does not count.
    /// </summary>
    public static bool Waits(UpdateRecord update, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(update);
        var max = update.State == UpdateState.Scheduled && update.Command.JitterS > MaxDelay.TotalSeconds
            ? TimeSpan.FromSeconds(update.Command.JitterS) : MaxDelay;
        return update.NextRetry is { } retry && now < retry && retry - now <= max;
    }
}
