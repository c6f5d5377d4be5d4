using EdgeAgent.Thermal;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Thermal;

/// <summary>The sensors of whole boards, temperatures included (<see cref="SysfsTree"/>).</summary>
public sealed class BoardSensorsTests
{
    private static string[] Rails(int monitor, params string[] rails) =>
        [$"sys/class/hwmon/hwmon{monitor}/name=ina3221",
            .. rails.SelectMany((r, i) =>
                new[] { $"sys/class/hwmon/hwmon{monitor}/in{i + 1}_label={r.Split(' ')[0]}",
                    $"sys/class/hwmon/hwmon{monitor}/in{i + 1}_input={r.Split(' ')[1]}",
                    $"sys/class/hwmon/hwmon{monitor}/curr{i + 1}_input={r.Split(' ')[2]}" })];

    private static readonly string[] OrinCommon = ["sys/class/devfreq/17000000.gpu/cur_freq=918000000",
        "sys/class/devfreq/17000000.gpu/device/load=430", "sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq=1984000",
        "sys/class/hwmon/hwmon9/name=soctherm_oc", "sys/class/hwmon/hwmon9/oc1_event_cnt=2", "sys/class/hwmon/hwmon9/oc2_event_cnt=1",
        "sys/class/hwmon/hwmon9/oc3_event_cnt=77", "var/lib/nvpmodel/status=pmode:0003 fmode:quiet"];

    [Theory]
    [InlineData("CPU-therm 51000|GPU-therm 49000|CV0-therm -256000|SOC0-therm 50500|SOC1-therm 52000|tj-therm 53500", "JetPack 5")]
    [InlineData("cpu-thermal 51000|gpu-thermal 49000|cv0-thermal -256000|soc0-thermal 50500|soc1-thermal 52000|tj-thermal 53500",
        "JetPack 6 and 7")]
    public void Read_OrinOnAnyJetPack_FindsZonesAndRails(string zones, string _)
    {
        using var root = SysfsTree.Of([.. SysfsTree.Zones(zones.Split('|')),
            .. SysfsTree.Coolers("pwm-fan 3", "cpu-throttle-alert 0", "hot-surface-alert 1", "devfreq-17000000.gpu 0"),
            .. Rails(3, "VDD_GPU_SOC 19800 1500", "VDD_CPU_CV 19800 500", "VIN_SYS_5V0 4900 1000"),
            .. Rails(4, "NC 0 0", "VDDQ_VDD2_1V8AO 4900 200"), .. OrinCommon, "sys/class/hwmon/hwmon5/name=pwm_tach",
            "sys/class/hwmon/hwmon5/rpm=2210"]);
        var sensors = new SysfsSensors(root.File("sys"), new FakeTimeProvider());
        var reading = sensors.Read(0);
        Assert.Equal((53.5, 51.0, 49.0, 52.0, 0.0), (reading.Tj, reading.Cpu, reading.Gpu, reading.Soc, reading.Throttle));
        var board = new BoardSensors(root.Path, new FakeTimeProvider()).Read();
        // no rail of an AGX Orin feeds the others: the sum of all is the module's power
        Assert.Equal(19.8 * 1.5 + 19.8 * 0.5 + 4.9 * 1 + 4.9 * 0.2, board.PowerWatts!.Value, 6);
        Assert.Equal((2210.0, 43.0, 1984.0, 918.0, 3.0, 3),
            (board.FanRpm, board.GpuLoadPercent, board.CpuMegahertz, board.GpuMegahertz, board.OverCurrents, board.PowerMode));
    }

    [Fact]
    public void Read_OrinNx_InputRailIsTheModulesPower()
    {
        using var root =
            SysfsTree.Of([.. SysfsTree.Zones("cpu-thermal 61000", "gpu-thermal 60000", "soc2-thermal 60500", "tj-thermal 61500"),
            .. Rails(1, "VDD_IN 5000 3000", "VDD_CPU_GPU_CV 5000 1500", "VDD_SOC 5000 600"), .. OrinCommon]);
        Assert.Equal(15, new BoardSensors(root.Path, new FakeTimeProvider()).Read().PowerWatts);
        Assert.Equal(61.5, new SysfsSensors(root.File("sys"), new FakeTimeProvider()).Read(0).Hottest);
    }

    [Fact]
    public void Read_PersonalComputer_HasTemperaturesAndNoRails()
    {
        using var root = SysfsTree.Of([.. SysfsTree.Zones("acpitz 27800", "x86_pkg_temp 46000", "pch_cannonlake 50000", "iwlwifi_1 40000"),
            .. SysfsTree.Coolers("Processor 0", "intel_powerclamp -1"), "sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq=3200000",
            "sys/class/hwmon/hwmon0/name=coretemp"]);
        var reading = new SysfsSensors(root.File("sys"), new FakeTimeProvider()).Read(0);
        Assert.Equal((46.0, null), (reading.Hottest, reading.Throttle));
        var board = new BoardSensors(root.Path, new FakeTimeProvider()).Read();
        Assert.Equal((null, 3200.0, null, null), (board.PowerWatts, board.CpuMegahertz, board.OverCurrents, board.PowerMode));
    }

    [Fact]
    public void Read_RaspberryPi_OneZoneIsEnough()
    {
        using var root = SysfsTree.Of([.. SysfsTree.Zones("cpu-thermal 55017"), .. SysfsTree.Coolers("pwm-fan 2"),
            "sys/class/hwmon/hwmon1/name=pwmfan",
            "sys/class/hwmon/hwmon1/fan1_input=4100"]);
        var reading = new SysfsSensors(root.File("sys"), new FakeTimeProvider()).Read(0);
        Assert.Equal((55.017, null), (reading.Hottest, reading.Throttle));
        Assert.Equal(4100, new BoardSensors(root.Path, new FakeTimeProvider()).Read().FanRpm);
        Assert.Equal(new BoardReading(), new BoardSensors(root.File("nothing"), new FakeTimeProvider()).Read());
    }
}
