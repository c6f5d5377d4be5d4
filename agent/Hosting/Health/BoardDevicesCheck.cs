using EdgeAgent.Thermal;

namespace EdgeAgent.Hosting.Health;

/// <summary>Whether the devices that are configured for the board answer.</summary>
internal sealed class BoardDevicesCheck(BoardDevices devices) : IHealthCheck
{
    public string Name => "devices of the board";

    public HealthFinding Check()
    {
        devices.Climate?.Read();
        return devices.Problems is { Count: > 0 } problems
            ? new HealthFinding(HealthSeverity.Warning, string.Join("; ", problems),
                "check wiring, bus and address (i2cdetect -y -r BUS, gpiodetect) and the groups i2c and gpio of the service's user, or " +
                "remove the device from StackLight, Climate or Display")
            : new HealthFinding(HealthSeverity.Good, "every device that is configured answers, or none is configured");
    }
}
