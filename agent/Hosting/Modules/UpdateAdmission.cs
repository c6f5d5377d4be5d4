using EdgeAgent.Serving;
using EdgeAgent.Thermal;
using EdgeAgent.Updates;

namespace EdgeAgent.Hosting.Modules;

/// <summary>What the device allows updates now: heat, load, battery, maintenance.</summary>
internal sealed class UpdateAdmission(ThermalMonitor thermal, BoardMonitor board, StudentRouter router, PowerSupply power,
    UpdateOptions options)
{
    public Admission Read() => DeviceAdmission.Judge(new DeviceCondition(thermal.State.Level >= Level.L1,
        router.Current?.Engine.Load is { } load ? (double)(load.Active + load.Waiting) / load.Rows : 0, power.Discharging(),
        board.IsMaintenance), options);
}
