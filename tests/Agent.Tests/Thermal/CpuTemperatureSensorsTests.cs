using EdgeAgent.Thermal;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Thermal;

public sealed class CpuTemperatureSensorsTests
{
    private readonly FakeTimeProvider _clock = new();

    private CpuTemperatureSensors Over(TemporaryDirectory root, Func<double> read) =>
        new(new SysfsSensors(root.File("sys"), _clock), _clock, read);

    [Fact]
    public void Read_NoZoneOfAKnownName_IsFilledIn()
    {
        using var root = SysfsTree.Of([.. SysfsTree.Zones("soc-thermal-of-some-board 1", "board-xyz 49000")]);
        File.Delete(root.File("sys/class/thermal/thermal_zone0/type"));
        using var sensors = Over(root, () => 61.5);
        Assert.True(sensors.HasSensors);
        Assert.Equal(61.5, sensors.Read(0).Cpu);
        Assert.Equal(61.5, sensors.Read(0).Hottest);
    }

    /// <summary>The binding reads zone 0 whatever it is: where the kernel's zones are known, it is not asked.</summary>
    [Fact]
    public void Read_ZonesThatAreKnown_TheBindingIsNotAsked()
    {
        using var root = SysfsTree.Of([.. SysfsTree.Zones("gpu-thermal 49000")]);
        using var sensors = Over(root, () => throw new InvalidOperationException("asked"));
        Assert.Equal((49.0, null), (sensors.Read(0).Gpu, sensors.Read(0).Cpu));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Read_NoNumber_IsNoReading(double value)
    {
        using var root = new TemporaryDirectory();
        using var sensors = Over(root, () => value);
        Assert.Null(sensors.Read(0).Cpu);
    }

    [Fact]
    public void Read_BindingThatFails_IsNoReading()
    {
        using var root = new TemporaryDirectory();
        using var sensors = Over(root, () => throw new IOException("no such device"));
        for (var i = 0; i < 5; i++) Assert.Null(sensors.Read(i).Cpu);
    }

    /// <summary>The real binding, on whatever machine this is: a temperature, or none.</summary>
    [Fact]
    public void Read_RealBinding_GivesATemperatureOrNone()
    {
        using var root = new TemporaryDirectory();
        using var sensors = new CpuTemperatureSensors(new SysfsSensors(root.File("sys"), _clock), _clock);
        Assert.Equal(File.Exists("/sys/class/thermal/thermal_zone0/temp"), sensors.HasSensors);
        Assert.True(sensors.Read(0).Cpu is null or > -300 and < 1000);
    }
}
