using Microsoft.Extensions.Logging;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace EdgeAgent.Telemetry;

/// <summary>How much is written to the log; can be changed while the agent runs.</summary>
internal interface ILogLevel
{
    LogEventLevel Level { get; set; }
}

/// <summary>The agent's loggers, with the level that they share.</summary>
internal sealed class AgentLoggers(SerilogLoggerFactory inner, LoggingLevelSwitch level) : ILoggerFactory, ILogLevel
{
    public LogEventLevel Level
    {
        get => level.MinimumLevel;
        set => level.MinimumLevel = value;
    }

    public ILogger CreateLogger(string categoryName) => inner.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose() => inner.Dispose();
}
