using EdgeAgent.Hosting.Health;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeAgent.Hosting.Modules;

internal static class HealthModule
{
    public static IServiceCollection AddHealth(this IServiceCollection services) => services
        .AddSingleton<IHealthCheck, ExecutionProviderCheck>()
        .AddSingleton<IHealthCheck, StateDirectoryCheck>()
        .AddSingleton<IHealthCheck, DatabasesCheck>()
        .AddSingleton<IHealthCheck, CertificatesCheck>()
        .AddSingleton<IHealthCheck, SensorsCheck>()
        .AddSingleton<IHealthCheck, BoardDevicesCheck>()
        .AddSingleton<IHealthCheck, BrokerCheck>()
        .AddPart<HealthPart>("checking the device");
}
