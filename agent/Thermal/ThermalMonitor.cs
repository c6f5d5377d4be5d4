using Microsoft.Extensions.Logging;

namespace EdgeAgent.Thermal;

/// <summary>Reads the sensors once a second and keeps the level. Without sensors the level stays L0 and the state says so.</summary>
internal sealed partial class ThermalMonitor : IThermalGate, IAsyncDisposable
{
    private readonly IThermalSource _source;
    private readonly Ladder _ladder;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Action<Action> _edge;
    private readonly CancellationTokenSource _stop = new();
    private readonly long _start;
    private Task _loop = Task.CompletedTask;
    private volatile LadderState _state;
    private readonly ThermalCutoff _cut;
    private int _disposed;
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);

    /// <param name="edge">Runs each round; must not throw.</param>
    public ThermalMonitor(IThermalSource source, LadderOptions options, TimeProvider clock, ILogger logger, Action<Action> edge)
    {
        _edge = edge;
        (_source, _clock, _logger, _ladder, _start) = (source, clock, logger, new Ladder(options), clock.GetTimestamp());
        _cut = new ThermalCutoff(clock);
        _state = new LadderState(Level.L0, source.HasSensors ? "start" : "no sensors");
    }

    public LadderState State => _state;

    public GenerationPermit Enter() => new(_state, () => _state, _cut.Token);

    /// <summary>Raised after every reading with its level.</summary>
    public event Action<Level>? Read;

    public ThermalReading? Latest { get; private set; }

    public void Start()
    {
        if (_source.HasSensors) _loop = Task.Run(RunAsync);
    }

    private async Task RunAsync()
    {
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1), _clock);
        try
        {
            do _edge(Tick);
            while (await second.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // stopping
        }
    }

    private void Tick()
    {
        var before = _state.Level;
        Latest = _source.Read(_clock.GetElapsedTime(_start).TotalSeconds);
        _state = _ladder.Next(Latest);
        _cut.Observe(_state.Level);
        Read?.Invoke(_state.Level);
        if (_state.Level != before) Changed(_logger, before.ToString(), _state.Level.ToString(), _state.Reason);
        foreach (var sensor in _source.Stuck.Where(_named.Add)) Stuck(_logger, sensor);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return; // it is registered under each of its interfaces
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _cut.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Thermal level {Before} -> {After}: {Reason}")]
    private static partial void Changed(ILogger logger, string before, string after, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The thermal zone '{Sensor}' has said the same for an hour while others moved. If " +
        "it is not real, add it to Thermal:Ignore")]
    private static partial void Stuck(ILogger logger, string sensor);
}
