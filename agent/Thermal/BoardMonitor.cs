namespace EdgeAgent.Thermal;

/// <summary>
/// Reads the board's sensors once a second, sums its energy, and drives its stack light. What a board lacks costs nothing.
/// </summary>
internal sealed class BoardMonitor : IAsyncDisposable
{
    /// <summary>Time between two looks at the maintenance button; the sensors are read every fourth time.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    private const int PollsPerReading = 4;

    private readonly BoardSensors _sensors;
    private readonly Func<int> _rows;
    private readonly Func<(Level Level, bool IsAway)> _state;
    private readonly StackLight? _light;
    private readonly Action<Action> _edge;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <param name="rows">Number of rows of the batch in use.</param>
    /// <param name="state">The thermal level, and whether the engine is away.</param>
    /// <param name="light">Null where no pins are set.</param>
    /// <param name="edge">Runs each round; must not throw.</param>
    public BoardMonitor(BoardSensors sensors, Func<int> rows, Func<(Level Level, bool IsAway)> state, StackLight? light,
        TimeProvider clock, Action<Action> edge)
    {
        _edge = edge;
        (_sensors, _rows, _state, _light, _clock, _start) = (sensors, rows, state, light, clock, clock.GetTimestamp());
        _loop = Task.Run(RunAsync);
    }

    public BoardReading Latest { get; private set; } = new();

    public EnergyMeter Energy { get; } = new();

    /// <summary>Whether maintenance is switched on at the device.</summary>
    public bool IsMaintenance => _light?.IsMaintenance ?? false;

    /// <summary>
    /// Energy of one row so far, J; the difference over an answer is the answer's energy. Null where the board has no power rails.
    /// </summary>
    public double? JoulesPerRow => Energy.PerRow(_clock.GetElapsedTime(_start).TotalSeconds);

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(PollInterval, _clock);
        try
        {
            for (var n = 0; ; n++)
            {
                var reads = n % PollsPerReading == 0;
                _edge(() => Look(reads));
                if (!await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false)) return;
            }
        }
        catch (OperationCanceledException)
        {
            // stopping
        }
    }

    private void Look(bool reads)
    {
        if (reads)
        {
            Latest = _sensors.Read();
            Energy.Sample(_clock.GetElapsedTime(_start).TotalSeconds, Latest.PowerWatts, _rows());
        }
        var (level, isAway) = _state();
        _light?.Update(level, isAway);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
