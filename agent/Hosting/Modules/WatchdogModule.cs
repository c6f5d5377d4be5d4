using EdgeAgent.Hosting.Watchdog;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using EdgeAgent.Updates;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeAgent.Hosting.Modules;

internal static class WatchdogModule
{
    /// <summary>Last of all: what it watches has started.</summary>
    public static IServiceCollection AddWatchdog(this IServiceCollection services)
    {
        services.AddSingleton(s => s.GetRequiredService<AgentSettings>().Watchdog)
            .AddSingleton(ServiceEnvironment.Current)
            .AddSingleton(s => WatchedLoop.Decode(s.GetRequiredService<StudentRouter>()))
            .AddSingleton(s => WatchedLoop.Link(s.GetRequiredService<MqttLink>()));
        if (services.Any(s => s.ServiceType == typeof(UpdateContext)))
            services.AddSingleton(s => WatchedLoop.Updates(s.GetRequiredService<UpdateContext>()));
        return services.AddPart<WatchdogPart>("starting the watchdog");
    }
}
