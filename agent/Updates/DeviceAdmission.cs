namespace EdgeAgent.Updates;

/// <summary>State of the device that decides whether an update may go on.</summary>
/// <param name="IsHot">At L1 of the thermal ladder or above.</param>
/// <param name="Busy">Running and waiting queries per row of the batch.</param>
/// <param name="BatteryPercent">Charge of a battery or UPS while the device runs on it, 0..100; null on mains power.</param>
/// <param name="IsMaintenance">The maintenance button is on.</param>
internal sealed record DeviceCondition(bool IsHot, double Busy, double? BatteryPercent, bool IsMaintenance = false);

/// <summary>Decides whether temperature, load and power allow an update now. Pure. A deferred update keeps its progress.</summary>
internal static class DeviceAdmission
{
    public static Admission Judge(DeviceCondition condition, UpdateOptions options)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(options);
        // the contract has one reason for all causes of deferral; the detail names the cause
        if (condition.IsHot) return new Admission(UpdateReasons.ThermalDefer, "the device is hot");
        if (condition.IsMaintenance) return new Admission(UpdateReasons.ThermalDefer, "the device is in maintenance");
        if (options.MaxBusy > 0 && condition.Busy > options.MaxBusy)
            return new Admission(UpdateReasons.ThermalDefer,
                $"the device is busy: {condition.Busy:0.#} queries per row, at most {options.MaxBusy} while an update runs");
        return condition.BatteryPercent < options.MinBatteryPercent
            ? new Admission(UpdateReasons.ThermalDefer, $"the device runs on its battery, which is below {options.MinBatteryPercent} %")
            : Admission.Open;
    }
}
