namespace EdgeAgent.Thermal;

/// <summary>
/// When running answers must end: some time after the device became too hot to think. The token is cancelled then, and a new
/// one is given once it may think again. Safe for concurrent use.
/// </summary>
internal sealed class ThermalCutoff(TimeProvider clock) : IDisposable
{
    /// <summary>What a running answer has left.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private CancellationTokenSource _source = new();
    private ITimer? _timer;

    /// <summary>Take it when an answer begins.</summary>
    public CancellationToken Token
    {
        get { lock (_lock) return _source.Token; }
    }

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
