using System.Text.Json.Nodes;
using EdgeAgent.Answers;
using EdgeAgent.Mqtt;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Telemetry.Drift;
using EdgeAgent.Thermal;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>Level, temperatures, power, fan, clocks, climate in the cabinet.</summary>
internal sealed class BoardTelemetry(ThermalMonitor thermal, BoardMonitor board, AgentMetrics metrics) : ITelemetrySource
{
    public void Write(JsonObject telemetry)
    {
        var (state, reading, rails) = (thermal.State, thermal.Latest, board.Latest);
        telemetry["level"] = state.Level.ToString();
        telemetry["reason"] = state.Reason;
        telemetry["temperature_c"] = reading?.Hottest;
        telemetry["throttle"] = reading?.Throttle;
        telemetry["power_w"] = Rounded.Of(rails.PowerWatts);
        telemetry["j_per_answer"] = Rounded.Of(metrics.JoulesPerAnswer);
        telemetry["fan_rpm"] = rails.FanRpm;
        telemetry["gpu_load"] = Rounded.Of(rails.GpuLoadPercent);
        telemetry["gpu_mhz"] = Rounded.Of(rails.GpuMegahertz);
        telemetry["cpu_mhz"] = Rounded.Of(rails.CpuMegahertz);
        telemetry["over_currents"] = rails.OverCurrents;
        telemetry["power_mode"] = rails.PowerMode;
        telemetry["cabinet_c"] = Rounded.Of(rails.Cabinet?.Celsius);
        telemetry["cabinet_humidity"] = Rounded.Of(rails.Cabinet?.HumidityPercent);
        telemetry["maintenance"] = board.IsMaintenance;
    }
}

/// <summary>Rows, queue, tokens/s and the engine's state.</summary>
internal sealed class EngineTelemetry(StudentRouter router, EngineSupervisor supervisor, AgentMetrics metrics, TimeProvider clock)
    : ITelemetrySource
{
    private (long Tokens, long At) _last = (0, clock.GetTimestamp());

    public void Write(JsonObject telemetry)
    {
        var engine = router.Current?.Engine;
        telemetry["running"] = engine?.Load.Active ?? 0;
        telemetry["waiting"] = engine?.Load.Waiting ?? 0;
        telemetry["step_ms"] = Rounded.Of(engine?.Load.StepSeconds * 1000);
        telemetry["tokens_s"] = TokensPerSecond();
        telemetry["overhead_share"] = Rounded.Of(engine?.Times.OverheadShare);
        if (engine?.Prefixes.Cache?.Counts is { } prefixes)
        {
            telemetry["prefix_hits"] = prefixes.Hits;
            telemetry["prefix_misses"] = prefixes.Misses;
            telemetry["prefix_tokens_saved"] = prefixes.SavedTokens;
            telemetry["prefix_mb"] = Rounded.Of(prefixes.Bytes / (double)(1 << 20));
        }
        telemetry["engine"] = supervisor.Health.State.ToString().ToLowerInvariant();
        telemetry["engine_restarts"] = supervisor.Health.Restarts;
    }

    /// <summary>Since the last call.</summary>
    private double? TokensPerSecond()
    {
        var now = (Tokens: metrics.GeneratedTokens, At: clock.GetTimestamp());
        var rate = (now.Tokens - _last.Tokens) / Math.Max(0.001, clock.GetElapsedTime(_last.At, now.At).TotalSeconds);
        _last = now;
        return Rounded.Of(rate);
    }
}

/// <summary>How the link does, and what waits behind it.</summary>
internal sealed class LinkTelemetry(MqttLink link, CommandEndpoint commands, TimeProvider clock) : ITelemetrySource
{
    public void Write(JsonObject telemetry)
    {
        var report = link.Report;
        telemetry["outbox"] = report.Waiting;
        telemetry["outbox_oldest_s"] = report.OldestSeconds;
        telemetry["outbox_dropped"] = report.Dropped;
        telemetry["refused"] = report.Refused;
        telemetry["parked"] = report.Parked;
        telemetry["reconnects_last_minute"] = report.ReconnectsLastMinute;
        telemetry["refused_subscriptions"] = report.RefusedSubscriptions.Count;
        telemetry["commands_waiting"] = commands.Waiting;
        telemetry["certificate_days"] = DaysTo(report.CertificateEnd);
        telemetry["broker_certificate_days"] = DaysTo(report.BrokerCertificateEnd);
    }

    /// <summary>Null where there is no certificate; below zero where it has ended.</summary>
    private double? DaysTo(DateTimeOffset? end) => Rounded.Of((end - clock.GetUtcNow())?.TotalDays);
}

/// <summary>Stored answers, hits and misses; null where the device keeps none.</summary>
internal sealed class AnswerTelemetry(AnswerCache? answers) : ITelemetrySource
{
    public void Write(JsonObject telemetry)
    {
        telemetry["answers"] = answers?.Count;
        telemetry["learned"] = answers?.Learned;
        telemetry["cache_hits"] = answers?.Hits;
        telemetry["cache_misses"] = answers?.Misses;
    }
}

/// <summary>The last day's business figures, the ratings of the last releases, and drift.</summary>
internal sealed class BusinessTelemetry(AgentMetrics metrics) : ITelemetrySource
{
    private const int MaxReleases = 4, Hours = 24;

    public void Write(JsonObject telemetry)
    {
        var business = metrics.Business;
        telemetry["releases"] = business is null ? null
            : new JsonArray([.. business.Releases().Take(MaxReleases).Select(r => (JsonNode)r.ToJson())]);
        telemetry["business"] = business is null ? null : BusinessJson.Of(business.Last(Hours));
        telemetry["drift"] = metrics.Drift is { } drift ? DriftJson.Of(drift) : null;
    }
}

internal static class Rounded
{
    /// <summary>Two decimals.</summary>
    public static double? Of(double? value) => value is { } v ? Math.Round(v, 2) : null;
}
