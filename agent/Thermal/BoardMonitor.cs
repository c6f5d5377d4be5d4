using Microsoft.Extensions.Logging;

namespace EdgeAgent.Thermal;

/// <summary>
/// Reads the board's sensors once a second, sums its energy, and drives its stack light and display. What a board lacks costs nothing;
/// what is configured and missing is said in the log and in <see cref="Problems"/>, and is no outage.
/// </summary>
internal sealed partial class BoardMonitor : IAsyncDisposable
{
    /// <summary>Time between two looks at the state that the lights show; the sensors are read every fourth time.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>A page of the display stays for so many polls: two seconds.</summary>
    private const int PollsPerReading = 4, PollsPerPage = 8;

    private readonly BoardSensors _sensors;
    private readonly Func<int> _rows;
    private readonly Func<BoardState> _state;
    private readonly BoardDevices _devices;
    private readonly Action<Action> _edge;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly long _start;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private volatile IReadOnlyList<string> _problems = [];

    /// <param name="rows">Number of rows of the batch in use.</param>
    /// <param name="state">What the lights and the display show.</param>
    /// <param name="devices">Owned by the caller.</param>
    /// <param name="edge">Runs each round; must not throw.</param>
    public BoardMonitor(BoardSensors sensors, Func<int> rows, Func<BoardState> state, BoardDevices devices, TimeProvider clock,
        ILogger logger, Action<Action> edge)
    {
        (_edge, _devices, _logger) = (edge, devices, logger);
        (_sensors, _rows, _state, _clock, _start) = (sensors, rows, state, clock, clock.GetTimestamp());
        _loop = Task.Run(RunAsync);
    }

    public BoardReading Latest { get; private set; } = new();

    public EnergyMeter Energy { get; } = new();

    /// <summary>Whether maintenance is switched on at the device.</summary>
    public bool IsMaintenance => _devices.Button?.IsMaintenance ?? false;

    /// <summary>Devices that are configured and do not work, one sentence each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Raised after <see cref="Problems"/> changed.</summary>
    public event Action? ProblemsChanged;

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
                var poll = n;
                _edge(() => Look(poll));
                if (!await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false)) return;
            }
        }
        catch (OperationCanceledException)
        {
            // stopping
        }
    }

    private void Look(int poll)
    {
        if (poll % PollsPerReading == 0)
        {
            Latest = _sensors.Read() with { Cabinet = _devices.Climate?.Read() };
            Energy.Sample(_clock.GetElapsedTime(_start).TotalSeconds, Latest.PowerWatts, _rows());
        }
        var state = _state();
        _devices.Light?.Show(state.Level, state.IsAway, IsMaintenance);
        _devices.Display?.Show(DisplayText.Of(state, IsMaintenance, poll / PollsPerPage));
        Watch();
    }

    private void Watch()
    {
        var problems = _devices.Problems;
        if (problems.SequenceEqual(_problems)) return;
        foreach (var problem in problems.Except(_problems)) Missing(_logger, problem);
        _problems = problems;
        ProblemsChanged?.Invoke();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A device of the board does not work: {Problem}. The agent serves without it")]
    private static partial void Missing(ILogger logger, string problem);
}
