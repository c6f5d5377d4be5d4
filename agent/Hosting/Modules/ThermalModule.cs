using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Thermal;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

internal static class ThermalModule
{
    public static IServiceCollection AddThermal(this IServiceCollection services) => services
        .AddSingleton(Sensors)
        .AddSingleton(s => new ThermalMonitor(s.GetRequiredService<IThermalSource>(), s.GetRequiredService<AgentSettings>().Thermal,
            s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<ThermalMonitor>>(),
            new LoopEdge(s.GetRequiredService<ILogger<ThermalMonitor>>(), "read the sensors").Run))
        .AddSingleton<IThermalGate>(s => s.GetRequiredService<ThermalMonitor>())
        .AddBoard()
        .AddPart<ThermalPart>("reading the sensors");

    private static IThermalSource Sensors(IServiceProvider services)
    {
        var (settings, clock) = (services.GetRequiredService<AgentSettings>(), services.GetRequiredService<TimeProvider>());
        if (settings.SimulateHeat.Length > 0) return new SimulatedSensors(settings.SimulateHeat);
        var zones = new SysfsSensors(settings.Thermal.Enabled ? Sysfs.Root : Sysfs.None, clock, settings.Thermal.Ignore);
        // the binding asks nobody which zone it reads: not where zones were left out on purpose
        return settings.Thermal.Enabled && settings.Thermal.Ignore.Count == 0 ? new CpuTemperatureSensors(zones, clock) : zones;
    }
}

/// <summary>Starts the sensors; at L4 the supervisor unloads the student.</summary>
internal sealed class ThermalPart(ThermalMonitor thermal, EngineSupervisor supervisor) : IAgentPart
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        thermal.Read += level => supervisor.Heat(level >= Level.L4);
        thermal.Start();
        return Task.CompletedTask;
    }
}
