using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Configuration;

/// <summary>Log lines about the configuration.</summary>
internal static partial class ConfigurationLog
{
    /// <summary>Writes what works but should be changed, once at start.</summary>
    public static void Warn(AgentSettings settings, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger<AgentSettings>();
        foreach (var warning in settings.Warnings) Outdated(logger, warning);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Configuration: {Warning}")]
    private static partial void Outdated(ILogger logger, string warning);
}
