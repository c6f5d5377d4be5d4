using EdgeAgent.Platform;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Watchdog;

/// <summary>
/// Feeds systemd's watchdog while every watched loop gets on. Does nothing where systemd does not watch. Starts last, when READY is
/// due, and stops first: while the service drains, its stop timeout is the bound.
/// </summary>
internal sealed partial class WatchdogPart(IEnumerable<WatchedLoop> loops, WatchdogOptions options, ServiceEnvironment environment,
    StatusLine service, TimeProvider clock, ILogger<WatchdogPart> logger) : IAgentPart, IAsyncDisposable
{
    /// <summary>Looks within the time that systemd waits: two may come late.</summary>
    private const int LooksPerPeriod = 3;

    private readonly IReadOnlyList<WatchedLoop> _loops = [.. loops];
    private readonly LoopEdge _edge = new(logger, "watch the loops");
    private IReadOnlyList<LoopSilence> _silences = [];
    private IReadOnlyList<string> _stuck = [];
    private TimeSpan _interval;
    private long _lookedAt;
    private ITimer? _timer;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (environment.Watchdog is not { } period) return Task.CompletedTask;
        _interval = period / LooksPerPeriod;
        _lookedAt = clock.GetTimestamp();
        Watching(logger, period.TotalSeconds, options.LoopTimeout.TotalSeconds);
        _timer = clock.CreateTimer(_ => _edge.Run(Look), null, TimeSpan.Zero, _interval);
        return Task.CompletedTask;
    }

    private void Look()
    {
        var now = clock.GetTimestamp();
        var elapsed = clock.GetElapsedTime(_lookedAt, now);
        _lookedAt = now;
        _silences = WatchdogPolicy.Look(_silences, _loops.Select(l => l.Sign()).OfType<LoopSign>(), elapsed, _interval);
        var stuck = WatchdogPolicy.Stuck(_silences, options.LoopTimeout).ToList();
        foreach (var loop in stuck.Where(l => !_stuck.Contains(l.Sign.Loop))) Stuck(logger, loop.Sign.Loop, loop.Silent.TotalSeconds);
        _stuck = [.. stuck.Select(l => l.Sign.Loop)];
        if (stuck.Count == 0) service.Feed();
        foreach (var loop in _loops) loop.Ask();
    }

    public async Task StopAsync()
    {
        if (_timer is { } timer) await timer.DisposeAsync().ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => new(StopAsync());

    [LoggerMessage(Level = LogLevel.Information,
        Message = "systemd wants a sign of life every {Period:F0} s; it gets none when a loop has not moved for {Timeout:F0} s")]
    private static partial void Watching(ILogger logger, double period, double timeout);

    [LoggerMessage(Level = LogLevel.Critical,
        Message = "The {Loop} loop has not moved for {Seconds:F0} s; the watchdog is not fed, so that systemd starts the service anew")]
    private static partial void Stuck(ILogger logger, string loop, double seconds);
}
