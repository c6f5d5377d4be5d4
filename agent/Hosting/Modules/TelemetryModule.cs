using EdgeAgent.Platform;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

internal static class TelemetryModule
{
    public static IServiceCollection AddTelemetry(this IServiceCollection services) => services
        .AddSingleton<BusinessViewLoader>()
        .AddSingleton(s => s.GetRequiredService<BusinessViewLoader>().Open())
        .AddSingleton(s => new AgentMetrics(s.GetRequiredService<BusinessView>()));
}

/// <summary>Business figures live in memory where the state directory is missing or the disk refuses.</summary>
internal sealed partial class BusinessViewLoader(AgentSettings settings, TimeProvider clock, ILogger<BusinessViewLoader> logger)
{
    public BusinessView Open()
    {
        try
        {
            return new BusinessView(settings.StateDirectory.Length == 0 ? null : settings.BusinessPath, clock);
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            Unusable(logger, e);
            return new BusinessView(null, clock);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The database of the business figures cannot be opened; they are kept in memory")]
    private static partial void Unusable(ILogger logger, Exception e);
}
