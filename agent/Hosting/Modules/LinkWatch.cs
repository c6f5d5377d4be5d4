using EdgeAgent.Mqtt;
using EdgeAgent.Mqtt.Broker;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

/// <summary>Shows how the link does: in the state topic where something changed, and in the service's status line.</summary>
internal sealed class LinkWatch(MqttLink link, BrokerPart broker, StatusLine status, TimeProvider clock, ILogger<LinkWatch> logger)
    : IAgentPart, IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10), EndingSoon = TimeSpan.FromDays(30);
    private readonly LoopEdge _edge = new(logger, "show how the link does");
    private ITimer? _timer;
    private (long, string?, long, string?, long, string?, string, BrokerReport?) _shown = (0, null, 0, null, 0, null, "", null);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = clock.CreateTimer(_ => _edge.Run(Look), null, Interval, Interval);
        return Task.CompletedTask;
    }

    internal void Look()
    {
        var report = link.Report;
        status.Add(Line(report, link.IsConnected, clock.GetUtcNow()));
        // what waits and how often it reconnected stand in telemetry
        var lasting = (report.Refused, report.LastRefusal, report.Parked, report.LastParked, report.Dropped, report.OutboxProblem,
            string.Join('\n', report.RefusedSubscriptions),
            broker.Embedded?.Report is { Refused: > 0 } or { Dropped: > 0 } ? broker.Embedded.Report : null);
        if (lasting == _shown) return;
        _shown = lasting;
        link.ShowState();
    }

    /// <summary>What is not as it should be; empty where all is well.</summary>
    internal static string Line(LinkReport report, bool isConnected, DateTimeOffset now)
    {
        List<string> parts = [];
        if (!isConnected) parts.Add("no connection to the broker");
        if (report.Waiting > 0) parts.Add($"{report.Waiting} messages wait, the oldest for {report.OldestSeconds:F0} s");
        if (report.OutboxProblem is { } problem) parts.Add($"they would not survive a restart ({problem})");
        if (report.ReconnectsLastMinute > 1) parts.Add($"{report.ReconnectsLastMinute} reconnects in the last minute");
        if (report.Refused > 0) parts.Add($"{report.Refused} messages refused by the broker, the last as {report.LastRefusal}");
        if (report.Parked > 0) parts.Add($"{report.Parked} messages given up");
        if (report.RefusedSubscriptions.Count > 0) parts.Add($"subscription refused: {string.Join(", ", report.RefusedSubscriptions)}");
        if (Ending("the client certificate", report.CertificateEnd, now) is { } own) parts.Add(own);
        if (Ending("the broker's certificate", report.BrokerCertificateEnd, now) is { } brokers) parts.Add(brokers);
        return string.Join("; ", parts);
    }

    private static string? Ending(string what, DateTimeOffset? end, DateTimeOffset now) => end is not { } day || day - now > EndingSoon
        ? null : day < now ? $"{what} has ended" : $"{what} ends in {Math.Ceiling((day - now).TotalDays):F0} days";

    public async ValueTask DisposeAsync()
    {
        if (_timer is { } timer) await timer.DisposeAsync().ConfigureAwait(false);
    }
}
