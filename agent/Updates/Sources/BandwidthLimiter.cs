namespace EdgeAgent.Updates.Sources;

/// <summary>
/// Limits a transfer to a number of bytes per second, 0 for no limit: each transfer waits for the time that the one before it costs.
/// One user at a time.
/// </summary>
internal sealed class BandwidthLimiter(long bytesPerSecond, TimeProvider clock)
{
    private long _next = clock.GetTimestamp();

    /// <summary>Waits until that many bytes may be transferred.</summary>
    public async Task TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        if (bytesPerSecond <= 0) return;
        var now = clock.GetTimestamp();
        _next = Math.Max(_next, now);
        var wait = clock.GetElapsedTime(now, _next);
        _next += (long)((double)bytes / bytesPerSecond * clock.TimestampFrequency);
        if (wait > TimeSpan.Zero) await Task.Delay(wait, clock, cancellationToken).ConfigureAwait(false);
    }
}
