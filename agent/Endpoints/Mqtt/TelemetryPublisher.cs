using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>Adds fields to the telemetry topic: counts and measures, never text from users. Register one, and it is published.</summary>
internal interface ITelemetrySource
{
    /// <summary>Called from one thread at a time, every <see cref="TelemetryPublisher.Interval"/>.</summary>
    void Write(JsonObject telemetry);
}

/// <summary>
/// Publishes what the device says of itself, at an interval and after every connection. What is said while the broker is away comes later,
/// with its own time.
/// </summary>
internal sealed class TelemetryPublisher(IEnumerable<ITelemetrySource> sources, IStatusPublisher publisher, Topics topics,
    TimeProvider clock, ILogger<TelemetryPublisher> logger) : IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private readonly IReadOnlyList<(ITelemetrySource Source, LoopEdge Edge)> _sources =
        [.. sources.Select(s => (s, new LoopEdge(logger, $"read {s.GetType().Name}")))];
    private readonly Lock _lock = new();
    private ITimer? _timer;

    public void Start() => _timer = clock.CreateTimer(_ => Publish(), null, Interval, Interval);

    public void Publish() => publisher.Enqueue(new OutboundMessage(topics.Telemetry, JsonSerializer.SerializeToUtf8Bytes(Read()))
    {
        AtLeastOnce = true,
        Kind = MessageKind.Telemetry,
        ContentType = "application/json",
    });

    internal JsonObject Read()
    {
        var telemetry = new JsonObject();
        lock (_lock)
            // a source that fails costs its own fields
            foreach (var (source, edge) in _sources) edge.Run(() => source.Write(telemetry));
        telemetry["units"] = TelemetryUnits.Of(telemetry);
        telemetry["at"] = clock.GetUtcNow();
        return telemetry;
    }

    public async ValueTask DisposeAsync()
    {
        if (_timer is { } timer) await timer.DisposeAsync().ConfigureAwait(false);
    }
}
