namespace EdgeAgent.Updates;

/// <summary>What a device is doing, as far as updates mind.</summary>
/// <param name="IsHot">At L1 of the thermal ladder or above.</param>
/// <param name="Busy">Queries that run or wait, for each row of the batch.</param>
/// <param name="BatteryPercent">Charge of a battery or UPS that is being used up; null on mains.</param>
/// <param name="IsMaintenance">Somebody works on the device.</param>
internal sealed record DeviceCondition(bool IsHot, double Busy, double? BatteryPercent, bool IsMaintenance = false);

/// <summary>Whether a device has heat, time and power to spare for an update. Pure. What waits loses nothing of what it has.</summary>
internal static class DeviceAdmission
{
    public static Admission Judge(DeviceCondition condition, UpdateOptions options)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(options);
        // the contract has one reason for a device that defers; the detail says which
        if (condition.IsHot) return new Admission(UpdateReasons.ThermalDefer, "the device is hot");
        if (condition.IsMaintenance) return new Admission(UpdateReasons.ThermalDefer, "the device is in maintenance");
        if (options.MaxBusy > 0 && condition.Busy > options.MaxBusy)
            return new Admission(UpdateReasons.ThermalDefer,
                $"the device is busy: {options.MaxBusy} queries a row are the most beside an update");
        return condition.BatteryPercent < options.MinBatteryPercent
            ? new Admission(UpdateReasons.ThermalDefer, $"the device runs on its battery, below {options.MinBatteryPercent} %")
            : Admission.Open;
    }
}
