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
        Assert.Equal((48.25, 48.25, -256.0, 46.5, 2.0), (reading.Tj, reading.Cpu, reading.Gpu, reading.Soc, reading.Throttle));
        Assert.Equal(48.25, reading.Hottest);
        Assert.False(new SysfsSensors(root.File("nothing"), TimeProvider.System).HasSensors);
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
