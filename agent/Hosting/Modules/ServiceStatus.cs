using System.Globalization;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Thermal;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

/// <summary>What the service does, as its status line says it.</summary>
/// <param name="Level">Of the degradation ladder, with its reason where it is not the cool one.</param>
/// <param name="TokensPerSecond">Over the last interval.</param>
internal sealed record ServiceFigures(string Student, string Provider, string Level, EngineState Engine, double TokensPerSecond)
{
    public override string ToString()
    {
        var rate = Engine == EngineState.Serving
            ? string.Create(CultureInfo.InvariantCulture, $"{TokensPerSecond:F1} tokens/s")
            : $"student {Engine.ToString().ToLowerInvariant()}, stored answers only";
        return $"serving {Student} on {Provider}, {Level}, {rate}";
    }
}

/// <summary>Shows student, provider, level and rate in the service's status line.</summary>
internal sealed class ServiceStatus(StudentRouter router, EngineSupervisor supervisor, ThermalMonitor thermal, AgentMetrics metrics,
    StatusLine status, TimeProvider clock, ILogger<ServiceStatus> logger) : IAgentPart, IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private readonly LoopEdge _edge = new(logger, "show the status");
    private ITimer? _timer;
    private (long Tokens, long At) _last;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _last = (metrics.GeneratedTokens, clock.GetTimestamp());
        _timer = clock.CreateTimer(_ => _edge.Run(() => status.Set(Read().ToString())), null, Interval, Interval);
        return Task.CompletedTask;
    }

    private ServiceFigures Read()
    {
        var now = (Tokens: metrics.GeneratedTokens, At: clock.GetTimestamp());
        var rate = (now.Tokens - _last.Tokens) / Math.Max(0.001, clock.GetElapsedTime(_last.At, now.At).TotalSeconds);
        _last = now;
        var (student, state) = (router.Current, thermal.State);
        return new ServiceFigures(student is null ? StudentLoader.NoStudent : $"{student.Manifest.Name} {student.Manifest.Version}",
            student?.Provider.Got.ToString() ?? "none",
            state.Level == Level.L0 ? "L0" : $"{state.Level} ({state.Reason})", supervisor.Health.State, rate);
    }

    /// <summary>Nothing overwrites that the service drains.</summary>
    public async Task StopAsync()
    {
        if (_timer is { } timer) await timer.DisposeAsync().ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => new(StopAsync());
}
