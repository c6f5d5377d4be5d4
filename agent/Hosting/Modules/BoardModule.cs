using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Thermal;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

/// <summary>The board's power and clocks, and what is wired to it.</summary>
internal static class BoardModule
{
    public static IServiceCollection AddBoard(this IServiceCollection services) => services
        .AddSingleton<BoardDevicesLoader>()
        .AddSingleton(s => s.GetRequiredService<BoardDevicesLoader>().Open())
        .AddSingleton(Board)
        .AddSingleton(new PowerSupply(Sysfs.Root));

    private static BoardMonitor Board(IServiceProvider services)
    {
        var (clock, logger) = (services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<BoardMonitor>>());
        var router = services.GetRequiredService<StudentRouter>();
        var root = services.GetRequiredService<AgentSettings>().Thermal.Enabled ? Sysfs.System : Sysfs.None;
        return new BoardMonitor(new BoardSensors(root, clock), () => router.Current.Engine.Load.Active, State(services),
            services.GetRequiredService<BoardDevices>(), clock, logger, new LoopEdge(logger, "read the board").Run);
    }

    /// <summary>What the board shows; of several problems the gravest.</summary>
    private static Func<BoardState> State(IServiceProvider services)
    {
        var (thermal, supervisor) = (services.GetRequiredService<ThermalMonitor>(), services.GetRequiredService<EngineSupervisor>());
        var status = services.GetRequiredService<StatusLine>();
        return () =>
        {
            var (heat, health) = (thermal.State, supervisor.Health);
            var isAway = health.State == EngineState.Restarting;
            var problem = isAway ? $"engine restarts: {health.Reason}" : heat.Level > Level.L0 ? heat.Reason : status.Addition;
            return new BoardState(heat.Level, isAway, thermal.Latest?.Hottest, problem.Length > 0 ? problem : null);
        };
    }
}
