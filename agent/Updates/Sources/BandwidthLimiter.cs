namespace EdgeAgent.Updates.Sources;

/// <summary>
/// Keeps a transfer to so many bytes a second: what is taken now is paid for by waiting before the next. One user at a time.
/// </summary>
internal sealed class BandwidthLimiter(long bytesPerSecond, TimeProvider clock)
{
    private long _next = clock.GetTimestamp();

    /// <summary>Waits until so many bytes may go.</summary>
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
