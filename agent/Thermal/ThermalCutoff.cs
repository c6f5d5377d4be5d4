namespace EdgeAgent.Thermal;

/// <summary>
/// Ends running answers when generation is suspended (L3 and up): the token is cancelled a grace period later, and a new one is given
/// once generation resumes. Safe for concurrent use.
/// </summary>
internal sealed class ThermalCutoff(TimeProvider clock) : IDisposable
{
    /// <summary>Time that a running answer has left to end by itself.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private CancellationTokenSource _source = new();
    private ITimer? _timer;

    /// <summary>The token for an answer that begins now.</summary>
    public CancellationToken Token
    {
        get { lock (_lock) return _source.Token; }
    }

    /// <summary>Takes the current level.</summary>
    public void Observe(Level level)
    {
        lock (_lock)
        {
            if (level >= Level.L3)
            {
                var source = _source;
                _timer ??= clock.CreateTimer(_ => source.Cancel(), null, Grace, Timeout.InfiniteTimeSpan);
                return;
            }
            if (_timer is null) return;
            _timer.Dispose();
            _timer = null;
            if (_source.IsCancellationRequested) _source = new CancellationTokenSource();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            _source.Dispose();
        }
    }
}
