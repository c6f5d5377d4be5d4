using System.Text.Json.Nodes;

namespace EdgeAgent.Telemetry.Drift;

/// <summary>Drift as JSON, for telemetry.</summary>
internal static class DriftJson
{
    private const int Digits = 4;

    public static JsonObject Of(DriftMonitor drift)
    {
        ArgumentNullException.ThrowIfNull(drift);
        return new JsonObject
        {
            ["reference_share"] = Math.Round(drift.Progress, 2),
            ["alarms"] = new JsonArray([.. drift.Alarms.Select(a => (JsonNode)new JsonObject
            {
                ["statistic"] = a.Statistic,
                ["reference"] = Math.Round(a.Reference, Digits),
                ["now"] = Math.Round(a.Now, Digits),
                ["at"] = a.At,
            })]),
        };
    }
}
