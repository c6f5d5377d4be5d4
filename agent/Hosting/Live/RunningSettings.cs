using EdgeAgent.Endpoints.Http;
using EdgeAgent.Queries;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Live;

/// <summary>The configuration, with the live options that were changed since. Safe for concurrent use.</summary>
internal sealed class RunningSettings(AgentSettings configured, ILoggerFactory loggers)
{
    private readonly AgentSettings _configured = configured;
    private volatile AgentSettings _now = configured;

    public AgentSettings Now => _now;

    public QueryOptions Queries => _now.Queries;

    public HttpOptions Http => _now.Http;

    /// <exception cref="FormatException">They are not allowed; the message says what is.</exception>
    public void Check(IReadOnlyDictionary<string, string> options) => LiveSettings.Apply(_configured, options);

    /// <param name="options">Those that differ from the configuration.</param>
    /// <exception cref="FormatException">They are not allowed; nothing is changed.</exception>
    public void Change(IReadOnlyDictionary<string, string> options)
    {
        _now = LiveSettings.Apply(_configured, options);
        if (loggers is ILogLevel log) log.Level = _now.Logs.Level;
    }
}
