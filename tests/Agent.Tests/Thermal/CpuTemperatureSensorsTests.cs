using EdgeAgent.Thermal;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Thermal;

public sealed class CpuTemperatureSensorsTests
{
    /// <summary>
    /// Iot.Device.Bindings' sensor fills in where the kernel has no zone of the processor; compiled here against a stand-in.
    /// </summary>
    [Fact]
    public void Read_NoZoneOfTheProcessor_IsFilledIn()
    {
        using var root = SysfsTree.Of([.. SysfsTree.Zones("gpu-thermal 49000")]);
        using var sensors = new CpuTemperatureSensors(new SysfsSensors(root.File("sys"), new FakeTimeProvider()));
        Assert.True(sensors.HasSensors);
        Assert.Equal((49.0, 61.5), (sensors.Read(0).Gpu, sensors.Read(0).Cpu));
        using var zone = SysfsTree.Of([.. SysfsTree.Zones("cpu-thermal 51000")]);
        using var known = new CpuTemperatureSensors(new SysfsSensors(zone.File("sys"), new FakeTimeProvider()));
        Assert.Equal(51, known.Read(0).Cpu);
    }
}
