using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Cli;

/// <summary>
/// One device in <c>edge-agent top</c>: its newest state, model and telemetry, as two lines: who it is and why it is so, then its
/// figures. The figures fit in 80 columns.
/// </summary>
internal sealed record TopRow
{
    /// <summary>Telemetry older than this shows the level in parentheses.</summary>
    private static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(30);

    private static readonly (string Name, int Width)[] Columns =
    [
        ("level", 5), ("C", 6), ("running", 7), ("waiting", 7), ("tokens/s", 8), ("W", 5), ("J/answer", 8), ("answers", 7),
        ("cache hits", 14)
    ];

    /// <summary>Names of the figures, above their columns.</summary>
    public static string Header { get; } = Line(Columns.Select(c => c.Name));

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

    /// <summary>Name, connection, student, update and the reason of the level.</summary>
    public string Title(string device) => string.Join(", ", new[]
    {
        $"{device}: {(State?["online"]?.GetValueKind() == JsonValueKind.True ? "online" : "offline")}",
        Model?["release"] is { } release ? $"release {release}" : "", Model?["state"] is { } update ? $"update {update}" : "", Of("reason")
    }.Where(part => part.Length > 0));

    public string Figures(DateTimeOffset now) => Line(
    [
        IsStale(now) ? $"({Of("level")})" : Of("level"), Of("temperature_c"), Of("running"), Of("waiting"), Of("tokens_s"), Of("power_w"),
        Of("j_per_answer"), Of("answers"), Telemetry is null ? "" : $"{Of("cache_hits")} of {Lookups}"
    ]);

    private static string Line(IEnumerable<string> cells) =>
        string.Join(' ', cells.Select((cell, i) => cell.PadLeft(Columns[i].Width))).TrimEnd();

    private long Lookups =>
        long.TryParse(Of("cache_hits"), out var hits) && long.TryParse(Of("cache_misses"), out var misses) ? hits + misses : 0;

    private bool IsStale(DateTimeOffset now) =>
        DateTimeOffset.TryParse(Of("at"), CultureInfo.InvariantCulture, out var at) && now - at > StaleAfter;

    private string Of(string key) => Telemetry?[key] switch
    {
        null => "",
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out double number) =>
            number.ToString("0.##", CultureInfo.InvariantCulture),
        var other => other.ToString()
    };
}
