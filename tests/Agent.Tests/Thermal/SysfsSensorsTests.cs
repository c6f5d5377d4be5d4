using EdgeAgent.Thermal;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Thermal;

public sealed class SysfsSensorsTests
{
    /// <summary>A tree as on a Jetson AGX Orin: zones by type, a gated GPU, a fan that does not throttle.</summary>
    [Fact]
    public void Read_OrinTree_FindsZonesByType()
    {
        using var root = new TemporaryDirectory();
        void Write(string path, string content)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(root.File(path))!);
            File.WriteAllText(root.File(path), content);
        }
        string[] zones = ["cpu-thermal 48250", "gpu-thermal -256000", "cv0-thermal x", "soc0-thermal 45125", "soc1-thermal 46500",
            "tj-thermal 48250", "tboard-thermal 99000"];
        for (var i = 0; i < zones.Length; i++)
        {
            Write($"class/thermal/thermal_zone{7 - i}/type", zones[i].Split(' ')[0] + "\n");
            Write($"class/thermal/thermal_zone{7 - i}/temp", zones[i].Split(' ')[1] + "\n");
        }
        string[] devices = ["pwm-fan 3", "cpufreq-cpu0 0", "gpu-throttle-alert 2", "hot-surface-alert 1"];
        for (var i = 0; i < devices.Length; i++)
        {
            Write($"class/thermal/cooling_device{i}/type", devices[i].Split(' ')[0]);
            Write($"class/thermal/cooling_device{i}/cur_state", devices[i].Split(' ')[1]);
        }
        var sensors = new SysfsSensors(root.Path, TimeProvider.System);
        Assert.True(sensors.HasSensors);
        var reading = sensors.Read(1);
        Assert.Equal((48.25, 48.25, default(double?), 46.5, 2.0), (reading.Tj, reading.Cpu, reading.Gpu, reading.Soc, reading.Throttle));
        Assert.Equal(48.25, reading.Hottest);
        Assert.False(new SysfsSensors(root.File("nothing"), TimeProvider.System).HasSensors);
    }

    /// <summary>One mad zone never hides a hot one of its group.</summary>
    [Theory]
    [InlineData("2147483000")]
    [InlineData("-256000")]
    [InlineData("151000")]
    public void Read_MadZoneBesideAHotOne_TheHotOneCounts(string mad)
    {
        using var root = SysfsTree.Of([.. SysfsTree.Zones("soc0-thermal 97000", $"soc1-thermal {mad}", "cpu-thermal 60000")]);
        var ladder = new Ladder(new LadderOptions());
        var sensors = new SysfsSensors(root.File("sys"), TimeProvider.System);
        Assert.Equal(97, sensors.Read(0).Hottest);
        Assert.Equal(Level.L4, ladder.Next(sensors.Read(1)).Level);
    }

    [Fact]
    public void Read_IgnoredZone_IsNotRead()
    {
        using var root = SysfsTree.Of([.. SysfsTree.Zones("x86_pkg_temp 41000", "acpitz 127000")]);
        Assert.Equal(127, new SysfsSensors(root.File("sys"), TimeProvider.System).Read(0).Hottest);
        Assert.Equal(41, new SysfsSensors(root.File("sys"), TimeProvider.System, ["ACPITZ"]).Read(0).Hottest);
    }

    [Fact]
    public void Stuck_ZoneThatNeverChangesWhileAnotherMoves_IsNamedAfterAnHour()
    {
        using var root = SysfsTree.Of([.. SysfsTree.Zones("x86_pkg_temp 41000", "acpitz 27800")]);
        var sensors = new SysfsSensors(root.File("sys"), TimeProvider.System);
        for (var t = 0; t <= 3700; t += 100)
        {
            File.WriteAllText(root.File("sys/class/thermal/thermal_zone0/temp"), $"{41_000 + t}");
            sensors.Read(t);
            if (t < 3600) Assert.Empty(sensors.Stuck);
        }
        Assert.Equal(["acpitz"], sensors.Stuck);
    }

    /// <summary>A file that fails three times is read again a minute later.</summary>
    [Fact]
    public void Read_FailingFile_IsQuarantinedForAMinute()
    {
        using var root = new TemporaryDirectory();
        Directory.CreateDirectory(root.File("class/thermal/thermal_zone0"));
        File.WriteAllText(root.File("class/thermal/thermal_zone0/type"), "tj-thermal");
        var clock = new FakeTimeProvider();
        var sensors = new SysfsSensors(root.Path, clock);
        for (var i = 0; i < 4; i++) Assert.Null(sensors.Read(i).Tj); // the file temp is missing
        File.WriteAllText(root.File("class/thermal/thermal_zone0/temp"), "50000");
        Assert.Null(sensors.Read(5).Tj);
        clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(50, sensors.Read(6).Tj);
    }
}
