using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Cli;

/// <summary>One device in <c>edge-agent top</c>: its newest state, model and telemetry.</summary>
internal sealed record TopRow
{
    /// <summary>Telemetry older than this shows the level in parentheses.</summary>
    private static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(30);

    public static readonly string[] Columns =
    [
        "device", "online", "level", "C", "running", "waiting", "tokens/s", "W", "J/answer", "answers", "cache hits", "release", "update",
        "why"
    ];

    private JsonObject? State { get; init; }
    private JsonObject? Model { get; init; }
    private JsonObject? Telemetry { get; init; }

    public TopRow With(DeviceTopicKind kind, JsonObject body) => kind switch
    {
        DeviceTopicKind.State => this with { State = body },
        DeviceTopicKind.Model => this with { Model = body },
        DeviceTopicKind.Telemetry => this with { Telemetry = body },
        _ => this
    };

    /// <summary>The row's cells after the device's name.</summary>
    public IEnumerable<string> Cells(DateTimeOffset now) =>
    [
        State?["online"]?.GetValueKind() == JsonValueKind.True ? "yes" : "no", IsStale(now) ? $"({Of("level")})" : Of("level"),
        Of("temperature_c"), Of("running"), Of("waiting"), Of("tokens_s"), Of("power_w"), Of("j_per_answer"), Of("answers"),
        $"{Of("cache_hits")} of {Lookups}", Model?["release"]?.ToString() ?? "", Model?["state"]?.ToString() ?? "", Of("reason")
    ];

    private long Lookups =>
        long.TryParse(Of("cache_hits"), out var hits) && long.TryParse(Of("cache_misses"), out var misses) ? hits + misses : 0;

    private bool IsStale(DateTimeOffset now) =>
        DateTimeOffset.TryParse(Of("at"), CultureInfo.InvariantCulture, out var at) && now - at > StaleAfter;

    private string Of(string key) => Telemetry?[key]?.ToString() ?? "";
}
