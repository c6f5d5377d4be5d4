namespace EdgeAgent.Thermal;

/// <summary>
/// A read of a device that may hang or fail. Each read has a timeout. One that hangs (as zones of a switched-off unit do), or fails a
/// few times in a row, is quarantined for a minute. Not safe for concurrent use.
/// </summary>
/// <param name="read">Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> where it fails.</param>
/// <param name="thread">The source's own; reads of one source share it.</param>
internal sealed class TimedRead<T>(Func<T> read, SensorThread thread, TimeProvider clock, int maxFailures = 3)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500), Quarantine = TimeSpan.FromSeconds(60);
    private int _failed;
    private long? _quarantinedSince;
    private Task<T>? _hanging;

    /// <summary>Why the last read gave nothing; null where it gave something. Stays during a quarantine.</summary>
    public string? Problem { get; private set; }

    public bool TryRead(out T? value)
    {
        value = default;
        if (_quarantinedSince is { } since)
        {
            if (clock.GetElapsedTime(since) < Quarantine || _hanging is { IsCompleted: false }) return false;
            (_quarantinedSince, _failed, _hanging) = (null, 0, null);
        }
        var task = new Task<T>(read);
        thread.Start(task);
        try
        {
            value = task.WaitAsync(Timeout, clock).GetAwaiter().GetResult();
            (_failed, Problem) = (0, null);
            return true;
        }
        catch (TimeoutException)
        {
            // until the read returns, it is not tried again
            thread.Abandon();
            (_hanging, _quarantinedSince, Problem) = (task, clock.GetTimestamp(), "it does not answer: the read hangs");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Problem = e.Message;
            if (++_failed >= maxFailures) _quarantinedSince = clock.GetTimestamp();
        }
        return false;
    }
}
