using EdgeAgent.Platform.Configuration;
using Serilog.Events;

namespace EdgeAgent.Telemetry;

/// <summary>The log: how much is written and how much space its files take.</summary>
internal sealed record LogOptions
{
    /// <summary>
    /// Least severe level that is written. Information suits operation, and holds no text of questions and answers; Debug helps with a
    /// fault.
    /// </summary>
    public LogEventLevel Level { get; init; } = LogEventLevel.Information;

    /// <summary>Largest size of one log file; the next one is begun then.</summary>
    [Unit("bytes"), Range(64 << 10, 1 << 30)]
    public long FileBytes { get; init; } = 10 << 20;

    /// <summary>Log files kept; the oldest is deleted. Space needed: at most <c>Files</c> times <c>FileBytes</c>.</summary>
    [Unit("files"), Range(1, 100)]
    public int Files { get; init; } = 5;
}
