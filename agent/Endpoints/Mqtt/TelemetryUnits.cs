using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>
/// Units of the telemetry's numbers, as UCUM writes them: a reader needs no table of ours. What is counted has the unit of the thing, in
/// braces.
/// </summary>
internal static class TelemetryUnits
{
    private static readonly Dictionary<string, string> Units = new(StringComparer.Ordinal)
    {
        ["temperature_c"] = "Cel",
        ["throttle"] = "{state}",
        ["power_w"] = "W",
        ["j_per_answer"] = "J",
        ["fan_rpm"] = "{rpm}",
        ["gpu_load"] = "%",
        ["gpu_mhz"] = "MHz",
        ["cpu_mhz"] = "MHz",
        ["over_currents"] = "{event}",
        ["power_mode"] = "{mode}",
        ["cabinet_c"] = "Cel",
        ["cabinet_humidity"] = "%",
        ["running"] = "{query}",
        ["waiting"] = "{query}",
        ["step_ms"] = "ms",
        ["tokens_s"] = "{token}/s",
        ["overhead_share"] = "1",
        ["prefix_hits"] = "{prompt}",
        ["prefix_misses"] = "{prompt}",
        ["prefix_tokens_saved"] = "{token}",
        ["prefix_mb"] = "MiBy",
        ["engine_restarts"] = "{restart}",
        ["outbox"] = "{message}",
        ["outbox_oldest_s"] = "s",
        ["outbox_dropped"] = "{message}",
        ["refused"] = "{message}",
        ["parked"] = "{message}",
        ["reconnects_last_minute"] = "{connection}",
        ["refused_subscriptions"] = "{subscription}",
        ["commands_waiting"] = "{command}",
        ["certificate_days"] = "d",
        ["broker_certificate_days"] = "d",
        ["library_documents"] = "{document}",
        ["library_passages"] = "{passage}",
        ["answers"] = "{answer}",
        ["learned"] = "{answer}",
        ["cache_hits"] = "{question}",
        ["cache_misses"] = "{question}",
    };

    /// <summary>The units of those fields that hold a number.</summary>
    public static JsonObject Of(JsonObject telemetry) =>
        new(telemetry.Where(f => f.Value?.GetValueKind() == JsonValueKind.Number && Units.ContainsKey(f.Key))
            .Select(f => KeyValuePair.Create(f.Key, (JsonNode?)Units[f.Key])));
}
