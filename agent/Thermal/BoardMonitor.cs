namespace EdgeAgent.Thermal;

/// <summary>Looks at the board once a second, adds up its energy, and keeps its panel. What a board lacks costs nothing.</summary>
internal sealed class BoardMonitor : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);
    private const int BeatsASecond = 4;

    private readonly BoardSensors _sensors;
    private readonly Func<int> _rows;
    private readonly Func<(Level Level, bool IsAway)> _state;
    private readonly StackLight? _panel;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <param name="rows">Rows of the batch that work.</param>
    public BoardMonitor(BoardSensors sensors, Func<int> rows, Func<(Level Level, bool IsAway)> state, StackLight? panel, TimeProvider clock)
    {
        (_sensors, _rows, _state, _panel, _clock, _start) = (sensors, rows, state, panel, clock, clock.GetTimestamp());
        _loop = Task.Run(RunAsync);
    }

    public BoardReading Latest { get; private set; } = new();

    public EnergyMeter Energy { get; } = new();

    public bool IsMaintenance => _panel?.IsMaintenance ?? false;

    /// <summary>
    /// Joules one row has got so far; the difference over an answer is its energy. Null where the board has no power rails.
    /// </summary>
    public double? JoulesPerRow => Energy.PerRow(_clock.GetElapsedTime(_start).TotalSeconds);

    private async Task RunAsync()
    {
        using var beat = new PeriodicTimer(Beat, _clock);
        try
        {
            for (var n = 0; ; n++)
            {
                if (n % BeatsASecond == 0)
                {
                    Latest = _sensors.Read();
                    Energy.Sample(_clock.GetElapsedTime(_start).TotalSeconds, Latest.PowerWatts, _rows());
                }
                var (level, isAway) = _state();
                _panel?.Tick(level, isAway);
                if (!await beat.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false)) return;
            }
        }
        catch (OperationCanceledException)
        {
            // stopping
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
