namespace EdgeAgent.Mqtt.Broker;

/// <summary>
/// How fast one account may send (the virtual scheduling form of the generic cell rate algorithm, ITU-T I.371). Nothing is dropped: a
/// sender waits its turn, and TCP slows it down. Safe for concurrent use.
/// </summary>
/// <param name="perSecond">Messages a second in the long run.</param>
/// <param name="burst">How far ahead of that pace a sender may be.</param>
internal sealed class PublishPace(double perSecond, TimeSpan burst, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly TimeSpan _interval = TimeSpan.FromSeconds(1 / perSecond);
    private readonly long _start = clock.GetTimestamp();
    private TimeSpan _due;

    /// <summary>Counts one message; how long its sender waits before the next is read.</summary>
    public TimeSpan Take()
    {
        lock (_lock)
        {
            var now = clock.GetElapsedTime(_start);
            _due = (_due > now ? _due : now) + _interval;
            var ahead = _due - now - burst;
            return ahead > TimeSpan.Zero ? ahead : TimeSpan.Zero;
        }
    }
}
