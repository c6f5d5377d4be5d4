using EdgeAgent.Platform;
using EdgeAgent.Telemetry;
using EdgeAgent.Telemetry.Drift;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

internal static class TelemetryModule
{
    public static IServiceCollection AddTelemetry(this IServiceCollection services) => services
        .AddSingleton<BusinessViewLoader>()
        .AddSingleton(s => s.GetRequiredService<BusinessViewLoader>().Open())
        .AddSingleton<DriftLoader>()
        .AddSingleton(s => new AgentMetrics(s.GetRequiredService<BusinessView>(), s.GetRequiredService<DriftLoader>().Open()));
}

/// <summary>The frozen reference window of drift is kept in the state directory, if there is one.</summary>
internal sealed partial class DriftLoader(AgentSettings settings, BusinessView business, TimeProvider clock, ILogger<DriftLoader> logger)
{
    public DriftMonitor Open()
    {
        var path = settings.StateDirectory.Length == 0 ? null : settings.DriftPath;
        return new DriftMonitor(path is null ? null : DriftReference.Load(path), (ulong)Identifiers.Seed(), clock)
        {
            Frozen = reference =>
            {
                try
                {
                    if (path is not null) reference.Save(path);
                }
                catch (Exception e) when (DiskErrors.Include(e))
                {
                    NotSaved(logger, e);
                }
            },
            Raised = alarm =>
            {
                business.Drifted(alarm.Statistic);
                Found(logger, alarm.Statistic, alarm.Reference, alarm.Now);
            },
        };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The reference window of drift cannot be saved; it is taken anew after a restart")]
    private static partial void NotSaved(ILogger logger, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Drift: {Statistic} was {Reference:F3} in the reference window and is {Now:F3}")]
    private static partial void Found(ILogger logger, string statistic, double reference, double now);
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
