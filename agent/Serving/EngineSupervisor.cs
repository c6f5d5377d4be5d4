using EdgeAgent.Inference.Decoders;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Serving;

/// <summary>What the engine is doing. Parked: unloaded until the device has cooled.</summary>
internal enum EngineState { Serving, Restarting, Parked }

/// <summary>The engine's state, the number of restarts since the start, and the reason of the last one.</summary>
internal sealed record EngineHealth(EngineState State, int Restarts, string? Reason);

/// <summary>
/// Keeps a student in service. When the breaker opens, or when no step ends although there is work, the engine is unloaded and
/// loaded again, with back-off, and on the next execution provider when loading keeps failing. A device that is too hot has its
/// student unloaded until it has cooled. While no student is loaded, queries are refused at once, so that stored answers can be
/// served instead.
/// </summary>
internal sealed partial class EngineSupervisor : IAsyncDisposable
{
    private enum Cause { AnswersFailed, StepHangs, TooHot, NotLoaded }

    private static readonly TimeSpan HeatPollInterval = TimeSpan.FromSeconds(1);

    private readonly StudentRouter _router;
    private readonly Func<string?, IReadOnlyList<ExecutionProvider>, CancellationToken, Task<Student>> _load;
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
    private int _abandoned; // engines that hang and keep their memory

    /// <summary>More engines hang than the options allow: their memory is freed only when the process ends.</summary>
    public event Action? Unrecoverable;

    /// <param name="load">Loads a directory's student on the first available of the providers and lets it answer once: what is
    /// built at the first run must not count as a step that hangs. Without a directory: the student that should serve.</param>
    public EngineSupervisor(StudentRouter router, Func<string?, IReadOnlyList<ExecutionProvider>, CancellationToken, Task<Student>> load,
        IReadOnlyList<ExecutionProvider> providers, SupervisorOptions options, TimeProvider clock, ILogger logger)
    {
        (_router, _load, _providers, _options, _clock, _logger) = (router, load, providers, options, clock, logger);
        _breaker = new EngineBreaker(options, clock, () => Restart(Cause.AnswersFailed));
        _watch = Task.Run(WatchAsync);
    }

    public EngineHealth Health => _health;

    /// <summary>Admits an answer through the breaker.</summary>
    /// <exception cref="StudentAwayException">No student is loaded.</exception>
    public Task<BreakerPass> EnterAsync(CancellationToken cancellationToken) => _breaker.EnterAsync(cancellationToken);

    /// <summary>Reports whether the device is too hot to keep a student in memory.</summary>
    public void Heat(bool isTooHot)
    {
        if (_mustPark == isTooHot) return;
        _mustPark = isTooHot;
        if (isTooHot) Restart(Cause.TooHot);
    }

    /// <summary>Tries to load a student where none could be loaded at the start; its cause may pass.</summary>
    public void LoadLater()
    {
        if (_router.Current is null) Restart(Cause.NotLoaded);
    }

    /// <summary>Watches that steps end while there is work, at least once a second.</summary>
    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Clamp(_options.StallTimeout.TotalSeconds / 4, 0.05, 1)), _clock);
        var (engine, steps, since) = (_router.Current?.Engine, -1L, _clock.GetTimestamp());
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                if (_router.Current?.Engine is not { } now) continue;
                var load = now.Load;
                if (now != engine || now.Steps != steps || load.Active + load.Waiting == 0)
                    (engine, steps, since) = (now, now.Steps, _clock.GetTimestamp());
                else if (_clock.GetElapsedTime(since) >= _options.StallTimeout && !_router.IsParked)
                    Restart(Cause.StepHangs);
            }
        }
        catch (OperationCanceledException)
        {
            // stopping
        }
    }

    private void Restart(Cause cause)
    {
        if (_stop.IsCancellationRequested || !_restarting.Wait(0)) return;
        // set first: a reader must not see "serving" once the restart has begun
        _health = new EngineHealth(_mustPark ? EngineState.Parked : EngineState.Restarting, _health.Restarts + 1, Reason(cause));
        _restart = Task.Run(() => RestartAsync(cause));
    }

    private static string Reason(Cause cause) => cause switch
    {
        Cause.AnswersFailed => "answers failed",
        Cause.StepHangs => "a step hangs",
        Cause.NotLoaded => "no student could be loaded",
        _ => "too hot",
    };

    private async Task RestartAsync(Cause cause)
    {
        try
        {
            await _breaker.IsolateAsync(_stop.Token).ConfigureAwait(false);
            var directory = _router.Current?.Directory;
            _router.Park(cause == Cause.StepHangs ? Reason(cause) : null);
            if (cause == Cause.StepHangs && ++_abandoned > _options.MaxGivenUp) Unrecoverable?.Invoke();
            if (cause == Cause.TooHot) UnloadedForHeat(_logger);
            else if (cause != Cause.NotLoaded) Unloaded(_logger, Reason(cause));
            await LoadAgainAsync(directory, cause).ConfigureAwait(false);
            await _breaker.CloseAsync(_stop.Token).ConfigureAwait(false);
            _health = _health with { State = EngineState.Serving };
            Serving(_logger, _router.Current!.Provider.Got.ToString());
        }
        catch (OperationCanceledException)
        {
            // stopping
        }
        finally
        {
            _restarting.Release();
        }
        // the device may have become too hot during the restart
        if (_mustPark && !_router.IsParked) Restart(Cause.TooHot);
    }

    /// <summary>Tries until a student is loaded. The first attempt after failed answers backs off too: their cause may pass.</summary>
    private async Task LoadAgainAsync(string? directory, Cause cause)
    {
        for (var attempt = 0; ; attempt++)
        {
            while (_mustPark) await Task.Delay(HeatPollInterval, _clock, _stop.Token).ConfigureAwait(false);
            _health = _health with { State = EngineState.Restarting };
            if (attempt > 0 || cause is Cause.AnswersFailed or Cause.NotLoaded)
                await Task.Delay(BackOff(attempt), _clock, _stop.Token).ConfigureAwait(false);
            if (_mustPark) continue;
            try
            {
                var providers = ProvidersFor(_providers, attempt, _options.AttemptsPerProvider);
                var student = await _load(directory, providers, _stop.Token).ConfigureAwait(false);
                if (!_router.Unpark(student)) student.Dispose(); // an update has promoted another one
                return;
            }
            catch (StudentRefusedException e) // said at the start and by the health check; tried until its cause passes
            {
                StillRefused(_logger, e.Message);
            }
            catch (Exception e) when (e is not OperationCanceledException) // every cause of a failed load may pass
            {
                LoadFailed(_logger, attempt + 1, e);
            }
        }
    }

    private TimeSpan BackOff(int attempt) =>
        TimeSpan.FromSeconds(Math.Min(_options.MaxBackOff.TotalSeconds, _options.BackOff.TotalSeconds * Math.Pow(2, attempt)));

    /// <summary>The providers to try at an attempt: repeated failures drop the first one, but never the last.</summary>
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

    [LoggerMessage(Level = LogLevel.Error, Message = "The student is unloaded: {Reason}")]
    private static partial void Unloaded(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The student is unloaded: the device is too hot")]
    private static partial void UnloadedForHeat(ILogger logger);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The student is still refused: {Why}")]
    private static partial void StillRefused(ILogger logger, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "Attempt {Attempt} to load the student again failed")]
    private static partial void LoadFailed(ILogger logger, int attempt, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The student serves again, on {Provider}")]
    private static partial void Serving(ILogger logger, string provider);
}
