using System.Diagnostics;
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
        var sensors = new SysfsSensors(root.Path, new FakeTimeProvider());
        Assert.True(sensors.HasSensors);
        var reading = sensors.Read(1);
        Assert.Equal((48.25, 48.25, default(double?), 46.5, 2.0), (reading.Tj, reading.Cpu, reading.Gpu, reading.Soc, reading.Throttle));
        Assert.Equal(48.25, reading.Hottest);
        Assert.False(new SysfsSensors(root.File("nothing"), new FakeTimeProvider()).HasSensors);
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
        var sensors = new SysfsSensors(root.File("sys"), new FakeTimeProvider());
        Assert.Equal(97, sensors.Read(0).Hottest);
        Assert.Equal(Level.L4, ladder.Next(sensors.Read(1)).Level);
    }

    [Fact]
    public void Read_IgnoredZone_IsNotRead()
    {
        using var root = SysfsTree.Of([.. SysfsTree.Zones("x86_pkg_temp 41000", "acpitz 127000")]);
        Assert.Equal(127, new SysfsSensors(root.File("sys"), new FakeTimeProvider()).Read(0).Hottest);
        Assert.Equal(41, new SysfsSensors(root.File("sys"), new FakeTimeProvider(), ["ACPITZ"]).Read(0).Hottest);
    }

    [Fact]
    public void Stuck_ZoneThatNeverChangesWhileAnotherMoves_IsNamedAfterAnHour()
    {
        using var root = SysfsTree.Of([.. SysfsTree.Zones("x86_pkg_temp 41000", "acpitz 27800")]);
        var sensors = new SysfsSensors(root.File("sys"), new FakeTimeProvider());
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

    /// <summary>The kernel's own file, as no tree of copies has it: it says that it holds 4,096 bytes, and holds a number.</summary>
    [Fact]
    public void Read_FileOfTheKernel_IsItsNumber()
    {
        const string file = "/sys/devices/system/cpu/kernel_max";
        if (!File.Exists(file)) Assert.Skip($"this machine has no {file}");
        Assert.True(new SensorFile(file, new SensorThread(), new FakeTimeProvider()).Read() is >= 0);
        Assert.NotEqual("", SensorFile.Word(file));
    }

    /// <summary>A zone that hangs (an empty pipe) is left alone; the others are read on, and it is back once it answers.</summary>
    [Fact]
    public async Task Read_ZoneThatHangs_TheOthersAreReadOn()
    {
        using var root = SysfsTree.Of([.. SysfsTree.Zones("cpu-thermal 51000", "gpu-thermal 1", "tj-thermal 52000")]);
        var zone = root.File("sys/class/thermal/thermal_zone1/temp");
        File.Delete(zone);
        using (var mkfifo = Process.Start("mkfifo", zone)) await mkfifo.WaitForExitAsync();
        var clock = new FakeTimeProvider();
        var sensors = new SysfsSensors(root.File("sys"), clock);
        var first = Task.Run(() => sensors.Read(0));
        await Waiting.ForAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            return first.IsCompleted;
        });
        Assert.Null((await first).Gpu);
        clock.Advance(TimeSpan.FromSeconds(61)); // a good zone whose read fell into an advance is read again; the hanging one is not
        var reading = sensors.Read(1);
        Assert.Equal((51, null, 52), (reading.Cpu, reading.Gpu, reading.Tj));
        await File.WriteAllTextAsync(zone, "50000"); // the pipe's reader gets it, and it is the end of the hanging
        File.Delete(zone);
        await File.WriteAllTextAsync(zone, "49000");
        await Waiting.ForAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(61));
            return sensors.Read(2).Gpu == 49;
        });
    }

    /// <summary>A starved thread pool must not look like sensors that hang: that would leave a hot device blind for a minute.</summary>
    [Fact]
    public async Task Start_AnyRead_RunsOnAThreadOfItsOwn()
    {
        var thread = new SensorThread();
        var read = new Task<bool>(() => Thread.CurrentThread.IsThreadPoolThread);
        thread.Start(read);
        Assert.False(await read);
        using var gate = new ManualResetEventSlim();
        var hanging = new Task(() => gate.Wait());
        thread.Start(hanging);
        thread.Abandon();
        var next = new Task<bool>(() => Thread.CurrentThread.IsThreadPoolThread);
        thread.Start(next);
        Assert.False(await next);
        gate.Set();
        await hanging;
    }
}
