using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Answers;
using EdgeAgent.Mqtt;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Thermal;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>
/// What the device says of itself every ten seconds: heat, power, queue, engine, cache, and the last day's business figures.
/// Counts and measures only.
/// </summary>
internal sealed class TelemetryPublisher(StudentRouter router, ThermalMonitor thermal, BoardMonitor board, AnswerCache? answers,
    EngineSupervisor guard, AgentMetrics metrics, Topics topics, TimeProvider clock)
{
    private const int MaxReleases = 4;
    private (long Tokens, long At) _last = (0, clock.GetTimestamp());

    public OutboundMessage Read()
    {
        var (state, reading, load, rails) = (thermal.State, thermal.Latest, router.Current.Engine.Load, board.Latest);
        var body = new JsonObject
        {
            ["level"] = state.Level.ToString(),
            ["reason"] = state.Reason,
            ["temperature_c"] = reading?.Hottest,
            ["throttle"] = reading?.Throttle,
            ["power_w"] = Round(rails.PowerWatts),
            ["j_per_answer"] = Round(metrics.JoulesPerAnswer),
            ["fan_rpm"] = rails.FanRpm,
            ["gpu_load"] = Round(rails.GpuLoadPercent),
            ["gpu_mhz"] = Round(rails.GpuMegahertz),
            ["cpu_mhz"] = Round(rails.CpuMegahertz),
            ["over_currents"] = rails.OverCurrents,
            ["power_mode"] = rails.PowerMode,
            ["maintenance"] = board.IsMaintenance,
            ["running"] = load.Active,
            ["waiting"] = load.Waiting,
            ["step_ms"] = Round(load.StepSeconds * 1000),
            ["tokens_s"] = TokensPerSecond(),
            ["engine"] = guard.Health.State.ToString().ToLowerInvariant(),
            ["engine_restarts"] = guard.Health.Restarts,
            ["answers"] = answers?.Count,
            ["learned"] = answers?.Learned,
            ["cache_hits"] = answers?.Hits,
            ["cache_misses"] = answers?.Misses,
            ["releases"] = metrics.Business is { } figures
                ? new JsonArray([.. figures.Releases().Take(MaxReleases).Select(r => (JsonNode)r.ToJson())]) : null,
            ["business"] = metrics.Business is { } business ? BusinessJson.Of(business.Last(24)) : null,
            ["at"] = clock.GetUtcNow(),
        };
        return new OutboundMessage(topics.Telemetry, Encoding.UTF8.GetBytes(body.ToJsonString())) { ContentType = "application/json" };
    }

    /// <summary>Since the last time.</summary>
    private double? TokensPerSecond()
    {
        var now = (Tokens: metrics.GeneratedTokens, At: clock.GetTimestamp());
        var rate = (now.Tokens - _last.Tokens) / Math.Max(0.001, clock.GetElapsedTime(_last.At, now.At).TotalSeconds);
        _last = now;
        return Round(rate);
    }

    private static double? Round(double? value) => value is { } v ? Math.Round(v, 2) : null;
}
