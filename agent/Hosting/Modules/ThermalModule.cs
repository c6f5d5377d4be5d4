using EdgeAgent.Platform;
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
        .AddSingleton<StackLightLoader>()
        .AddSingleton(Board)
        .AddSingleton(new PowerSupply(Sysfs.Root))
        .AddPart<ThermalPart>("reading the sensors");

    private static IThermalSource Sensors(IServiceProvider services)
    {
        var settings = services.GetRequiredService<AgentSettings>();
        if (settings.SimulateHeat.Length > 0) return new SimulatedSensors(settings.SimulateHeat);
        IThermalSource sensors = new SysfsSensors(settings.Thermal.Enabled ? Sysfs.Root : Sysfs.None,
            services.GetRequiredService<TimeProvider>(), settings.Thermal.Ignore);
#if IOT_BINDINGS
        if (settings.Thermal.Enabled) sensors = new CpuTemperatureSensors(sensors);
#endif
        return sensors;
    }

    private static BoardMonitor Board(IServiceProvider services)
    {
        var clock = services.GetRequiredService<TimeProvider>();
        var (router, thermal) = (services.GetRequiredService<StudentRouter>(), services.GetRequiredService<ThermalMonitor>());
        var supervisor = services.GetRequiredService<EngineSupervisor>();
        return new BoardMonitor(new BoardSensors(services.GetRequiredService<AgentSettings>().Thermal.Enabled ? Sysfs.System : Sysfs.None,
            clock),
            () => router.Current?.Engine.Load.Active ?? 0,
            () => (thermal.State.Level, supervisor.Health.State == EngineState.Restarting),
            services.GetRequiredService<StackLightLoader>().Open(), clock,
            new LoopEdge(services.GetRequiredService<ILogger<BoardMonitor>>(), "read the board").Run);
    }
}

/// <summary>The stack light and button, where pins are configured and the board has them.</summary>
internal sealed partial class StackLightLoader(AgentSettings settings, TimeProvider clock, ILogger<StackLightLoader> logger) : IDisposable
{
    private GpioPins? _pins;

    public StackLight? Open()
    {
        if (!settings.StackLight.IsUsed) return null;
        try
        {
            _pins = new GpioPins();
            return new StackLight(settings.StackLight, _pins, clock);
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException or UnauthorizedAccessException
            or InvalidOperationException)
        {
            NoPins(logger, e);
            return null;
        }
    }

    public void Dispose() => _pins?.Dispose();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The pins of the stack light cannot be used; it stays dark")]
    private static partial void NoPins(ILogger logger, Exception e);
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
