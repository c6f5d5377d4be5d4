using EdgeAgent.Serving;
using EdgeAgent.Thermal;
using EdgeAgent.Updates;

namespace EdgeAgent.Hosting.Modules;

/// <summary>What the device allows updates now: heat, load, battery, maintenance.</summary>
internal sealed class UpdateAdmission(ThermalMonitor thermal, BoardMonitor board, StudentRouter router, PowerSupply power,
    UpdateOptions options)
{
    public Admission Read()
    {
        var load = router.Current.Engine.Load;
        return DeviceAdmission.Judge(new DeviceCondition(thermal.State.Level >= Level.L1,
            (double)(load.Active + load.Waiting) / load.Rows, power.Discharging(), board.IsMaintenance), options);
    }
}
