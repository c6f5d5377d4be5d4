using EdgeAgent.Telemetry;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Health;

/// <summary>
/// Runs every check last in the start, and every minute from then on. What is not good is logged once, with its remedy, and again when it
/// changes; the doctor reads it in <see cref="HealthFile"/>.
/// </summary>
internal sealed partial class HealthPart(IEnumerable<IHealthCheck> checks, AgentSettings settings, TimeProvider clock,
    ILogger<HealthPart> logger) : IAgentPart, IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private readonly IReadOnlyList<IHealthCheck> _checks = [.. checks];
    private readonly LoopEdge _edge = new(logger, "check the device");
    private IReadOnlyList<HealthLine> _lines = [];
    private bool _isWritten;
    private ITimer? _timer;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Look();
        _timer = clock.CreateTimer(_ => _edge.Run(Look), null, Interval, Interval);
        return Task.CompletedTask;
    }

    internal void Look()
    {
        IReadOnlyList<HealthLine> lines = [.. _checks.Select(c => HealthLine.Of(c.Name, c.Check()))];
        foreach (var line in lines.Except(_lines))
            if (line.Severity > HealthSeverity.Skipped) NotGood(logger, line.Check, line.Found, line.Remedy ?? "nothing to do");
            else if (_lines.Any(l => l.Check == line.Check && l.Severity > HealthSeverity.Skipped))
                GoodAgain(logger, line.Check, line.Found);
        if (_isWritten && lines.SequenceEqual(_lines)) return;
        _lines = lines;
        _isWritten = settings.StateDirectory.Length > 0
            && new HealthFile(clock.GetUtcNow(), Environment.ProcessId, lines).TryWrite(settings.StateDirectory);
    }

    public async ValueTask DisposeAsync()
    {
        if (_timer is { } timer) await timer.DisposeAsync().ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Health, {Check}: {Found}. Remedy: {Remedy}")]
    private static partial void NotGood(ILogger logger, string check, string found, string remedy);

    [LoggerMessage(Level = LogLevel.Information, Message = "Health, {Check}: good again, {Found}")]
    private static partial void GoodAgain(ILogger logger, string check, string found);
}
