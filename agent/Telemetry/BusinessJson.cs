using System.Text.Json.Nodes;

namespace EdgeAgent.Telemetry;

/// <summary>Business figures as JSON, for telemetry and <c>answers stats</c>.</summary>
internal static class BusinessJson
{
    public static JsonObject Of(BusinessReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return new JsonObject
        {
            ["from"] = report.From,
            ["answers"] = report.Answers,
            ["first_response_p50_ms"] = report.FirstResponse(0.5),
            ["first_response_p95_ms"] = report.FirstResponse(0.95),
            ["cache_share"] = Round(report.CacheShare),
            ["sources"] = Counts(report.Sources),
            ["refusals"] = Counts(report.Refusals),
            ["resolution_rate"] = Round(report.ResolutionRate),
            ["satisfaction"] = Round(report.Satisfaction),
        };
    }

    private static JsonObject Counts(IReadOnlyDictionary<string, double> counts) =>
        new(counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value)));

    private static double? Round(double? value) => value is { } v ? Math.Round(v, 4) : null;
}
