using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Health;

/// <summary>Runs every check once, last in the start, and logs what is not good.</summary>
internal sealed partial class HealthPart(IEnumerable<IHealthCheck> checks, ILogger<HealthPart> logger) : IAgentPart
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var check in checks)
        {
            var finding = check.Check();
            if (finding.Severity != HealthSeverity.Good) NotGood(logger, check.Name, finding.Found, finding.Remedy ?? "nothing to do");
        }
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Health, {Check}: {Found}. Remedy: {Remedy}")]
    private static partial void NotGood(ILogger logger, string check, string found, string remedy);
}
