using EdgeAgent.Inference.Decoders;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Serving;

/// <summary>What the engine is doing.</summary>
internal enum EngineState { Serving, Restarting, Parked }

/// <summary>The engine's state, how often it was restarted since the start, and the last reason for that.</summary>
internal sealed record EngineHealth(EngineState State, int Restarts, string? Reason);

/// <summary>
/// Keeps the student answering. Answers run behind a circuit breaker; when it opens, or when no step ends although there is
/// work, the engine is taken out and loaded again, with back-off, and with the next execution provider where the first one
/// keeps failing. On a device that is too hot it is taken out until it may come back. While it is away, queries are refused at
/// once, so that what is written down can answer in its place.
/// </summary>
internal sealed partial class EngineSupervisor : IAsyncDisposable
{
    private const string TooHot = "too hot";

    private readonly StudentRouter _router;
    private readonly Func<string, IReadOnlyList<ExecutionProvider>, CancellationToken, Task<Student>> _load;
    private readonly IReadOnlyList<ExecutionProvider> _providers;
    private readonly SupervisorOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly EngineBreaker _breaker;
    private readonly SemaphoreSlim _restarting = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watch;
    private volatile bool _mustPark;
    private volatile EngineHealth _health = new(EngineState.Serving, 0, null);
    private Task _restart = Task.CompletedTask;
    private int _givenUp;

    /// <summary>Too many engines hang and hold their memory: only another process helps.</summary>
    public event Action? Unrecoverable;

    /// <param name="load">Loads the student of a directory on the first of the providers there is, and lets it answer once: what
    /// it builds first is not a step that hangs.</param>
    public EngineSupervisor(StudentRouter router, Func<string, IReadOnlyList<ExecutionProvider>, CancellationToken, Task<Student>> load,
        IReadOnlyList<ExecutionProvider> providers, SupervisorOptions options, TimeProvider clock, ILogger logger)
    {
        (_router, _load, _providers, _options, _clock, _logger) = (router, load, providers, options, clock, logger);
        _breaker = new EngineBreaker(options, clock, () => Restart("answers failed", hangs: false));
        _watch = Task.Run(WatchAsync);
    }

    public EngineHealth Health => _health;

    /// <summary>Lets an answer begin.</summary>
    /// <exception cref="StudentAwayException">The engine is away.</exception>
    public Task<BreakerPass> EnterAsync(CancellationToken cancellationToken) => _breaker.EnterAsync(cancellationToken);

    /// <summary>Whether the device is too hot to have a student in memory.</summary>
    public void Heat(bool isTooHot)
    {
        if (_mustPark == isTooHot) return;
        _mustPark = isTooHot;
        if (isTooHot) Restart(TooHot, hangs: false);
    }

    /// <summary>A second's look: steps must go on while there is work.</summary>
    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Clamp(_options.StallSeconds / 4, 0.05, 1)), _clock);
        var (engine, steps, since) = (_router.Current.Engine, -1L, _clock.GetTimestamp());
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                var now = _router.Current.Engine;
                var load = now.Load;
                if (now != engine || now.Steps != steps || load.Active + load.Waiting == 0)
                    (engine, steps, since) = (now, now.Steps, _clock.GetTimestamp());
                else if (_clock.GetElapsedTime(since) >= TimeSpan.FromSeconds(_options.StallSeconds) && !_router.IsParked)
                    Restart("a step hangs", hangs: true);
            }
        }
        catch (OperationCanceledException)
        {
            // stopping
        }
    }

    private void Restart(string reason, bool hangs)
    {
        if (_stop.IsCancellationRequested || !_restarting.Wait(0)) return;
        // said before anything else: who asks now must not hear that it serves
        _health = new EngineHealth(_mustPark ? EngineState.Parked : EngineState.Restarting, _health.Restarts + 1, reason);
        _restart = Task.Run(() => RestartAsync(reason, hangs));
    }

    private async Task RestartAsync(string reason, bool hangs)
    {
        try
        {
            await _breaker.IsolateAsync(_stop.Token).ConfigureAwait(false);
            var directory = _router.Current.Directory;
            _router.Park(hangs ? reason : null);
            if (hangs && ++_givenUp > _options.MaxGivenUp) Unrecoverable?.Invoke();
            if (reason == TooHot) Parked(_logger);
            else Away(_logger, reason);
            for (var attempt = 0; ; attempt++)
            {
                while (_mustPark) await Task.Delay(TimeSpan.FromSeconds(1), _clock, _stop.Token).ConfigureAwait(false);
                _health = _health with { State = EngineState.Restarting };
                if (attempt > 0 || !hangs && reason != TooHot)
                    await Task.Delay(BackOff(attempt), _clock, _stop.Token).ConfigureAwait(false);
                if (_mustPark) continue;
                try
                {
                    var student =
                        await _load(directory, ProvidersFor(_providers, attempt, _options.AttemptsPerProvider),
                            _stop.Token).ConfigureAwait(false);
                    if (!_router.Unpark(student)) student.Dispose(); // an update has brought one
                    break;
                }
                catch (Exception e) when (e is not OperationCanceledException) // whatever keeps a model from loading may pass
                {
                    LoadFailed(_logger, attempt + 1, e);
                }
            }
            await _breaker.CloseAsync(_stop.Token).ConfigureAwait(false);
            _health = _health with { State = EngineState.Serving };
            Back(_logger, _router.Current.Provider.Got.ToString());
        }
        catch (OperationCanceledException)
        {
            // stopping
        }
        finally
        {
            _restarting.Release();
        }
        // it may have become too hot meanwhile
        if (_mustPark && !_router.IsParked) Restart(TooHot, hangs: false);
    }

    private TimeSpan BackOff(int attempt) =>
        TimeSpan.FromSeconds(Math.Min(_options.MaxBackOffSeconds, _options.BackOffSeconds * Math.Pow(2, attempt)));

    /// <summary>The providers to try at an attempt: after some failures the first one is left out, the last one never.</summary>
    public static IReadOnlyList<ExecutionProvider> ProvidersFor(IReadOnlyList<ExecutionProvider> all, int attempt,
        int attemptsPerProvider) =>
        [.. all.Skip(Math.Min(attempt / attemptsPerProvider, all.Count - 1))];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _restart.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _restarting.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The student is taken out: {Reason}")]
    private static partial void Away(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The student leaves memory: the device is too hot")]
    private static partial void Parked(ILogger logger);

    [LoggerMessage(Level = LogLevel.Error, Message = "The student could not be loaded again, attempt {Attempt}")]
    private static partial void LoadFailed(ILogger logger, int attempt, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The student serves again, on {Provider}")]
    private static partial void Back(ILogger logger, string provider);
}
