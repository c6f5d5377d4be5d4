using System.Device.Gpio;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Platform;
using EdgeAgent.Thermal;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Thermal;

/// <summary>
/// Trees as the kernel's documentation and the boards' device trees describe them (Documentation/ABI/testing/sysfs-class-thermal,
/// Documentation/hwmon/ina3221.rst); none was recorded on a board.
/// </summary>
public sealed class BoardTests
{
    private static TemporaryDirectory Tree(params string[] files)
    {
        var root = new TemporaryDirectory();
        foreach (var file in files)
        {
            var parts = file.Split('=');
            var path = root.File(parts[0]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, parts[1] + "\n");
        }
        return root;
    }

    private static IEnumerable<string> Zones(params string[] zones) =>
        zones.SelectMany((z, i) =>
            new[] { $"sys/class/thermal/thermal_zone{i}/type={z.Split(' ')[0]}",
                $"sys/class/thermal/thermal_zone{i}/temp={z.Split(' ')[1]}" });

    private static IEnumerable<string> Coolers(params string[] coolers) =>
        coolers.SelectMany((z, i) =>
            new[] { $"sys/class/thermal/cooling_device{i}/type={z.Split(' ')[0]}",
                $"sys/class/thermal/cooling_device{i}/cur_state={z.Split(' ')[1]}" });

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
    public void Orin_AnyJetPack_ZonesAndRailsAreFound(string zones, string _)
    {
        using var root = Tree([.. Zones(zones.Split('|')),
            .. Coolers("pwm-fan 3", "cpu-throttle-alert 0", "hot-surface-alert 1", "devfreq-17000000.gpu 0"),
            .. Rails(3, "VDD_GPU_SOC 19800 1500", "VDD_CPU_CV 19800 500", "VIN_SYS_5V0 4900 1000"),
            .. Rails(4, "NC 0 0", "VDDQ_VDD2_1V8AO 4900 200"), .. OrinCommon, "sys/class/hwmon/hwmon5/name=pwm_tach",
            "sys/class/hwmon/hwmon5/rpm=2210"]);
        var sensors = new SysfsSensors(root.File("sys"), TimeProvider.System);
        var reading = sensors.Read(0);
        Assert.Equal((53.5, 51.0, 49.0, 52.0, 0.0), (reading.Tj, reading.Cpu, reading.Gpu, reading.Soc, reading.Throttle));
        var board = new BoardSensors(root.Path, TimeProvider.System).Read();
        // no rail of an AGX Orin is the input of the others: their sum is the module's
        Assert.Equal(19.8 * 1.5 + 19.8 * 0.5 + 4.9 * 1 + 4.9 * 0.2, board.PowerWatts!.Value, 6);
        Assert.Equal((2210.0, 43.0, 1984.0, 918.0, 3.0, 3),
            (board.FanRpm, board.GpuLoadPercent, board.CpuMegahertz, board.GpuMegahertz, board.OverCurrents, board.PowerMode));
    }

    [Fact]
    public void OrinNx_InputRail_IsTheModulesPower()
    {
        using var root = Tree([.. Zones("cpu-thermal 61000", "gpu-thermal 60000", "soc2-thermal 60500", "tj-thermal 61500"),
            .. Rails(1, "VDD_IN 5000 3000", "VDD_CPU_GPU_CV 5000 1500", "VDD_SOC 5000 600"), .. OrinCommon]);
        Assert.Equal(15, new BoardSensors(root.Path, TimeProvider.System).Read().PowerWatts);
        Assert.Equal(61.5, new SysfsSensors(root.File("sys"), TimeProvider.System).Read(0).Hottest);
    }

    [Fact]
    public void PersonalComputer_HasTemperaturesAndNoRails()
    {
        using var root = Tree([.. Zones("acpitz 27800", "x86_pkg_temp 46000", "pch_cannonlake 50000", "iwlwifi_1 40000"),
            .. Coolers("Processor 0", "intel_powerclamp -1"), "sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq=3200000",
            "sys/class/hwmon/hwmon0/name=coretemp"]);
        var reading = new SysfsSensors(root.File("sys"), TimeProvider.System).Read(0);
        Assert.Equal((46.0, null), (reading.Hottest, reading.Throttle));
        var board = new BoardSensors(root.Path, TimeProvider.System).Read();
        Assert.Equal((null, 3200.0, null, null), (board.PowerWatts, board.CpuMegahertz, board.OverCurrents, board.PowerMode));
    }

    [Fact]
    public void RaspberryPi_OneZone_IsEnough()
    {
        using var root = Tree([.. Zones("cpu-thermal 55017"), .. Coolers("pwm-fan 2"), "sys/class/hwmon/hwmon1/name=pwmfan",
            "sys/class/hwmon/hwmon1/fan1_input=4100"]);
        var reading = new SysfsSensors(root.File("sys"), TimeProvider.System).Read(0);
        Assert.Equal((55.017, null), (reading.Hottest, reading.Throttle));
        Assert.Equal(4100, new BoardSensors(root.Path, TimeProvider.System).Read().FanRpm);
        Assert.Equal(new BoardReading(), new BoardSensors(root.File("nothing"), TimeProvider.System).Read());
    }

    /// <summary>Ten watts, then twenty: what two rows share is half of what one has alone.</summary>
    [Fact]
    public void Energy_RowsShareIt()
    {
        var meter = new EnergyMeter();
        Assert.Null(meter.PerRow(0));
        meter.Sample(0, 10, 1);
        meter.Sample(1, 10, 1);
        Assert.Equal(10, meter.PerRow(1));
        meter.Sample(2, 20, 2); // trapezoid: 15 J, one row
        Assert.Equal(25, meter.PerRow(2));
        meter.Sample(4, 20, 2); // 40 J for two rows
        Assert.Equal(45, meter.PerRow(4));
        Assert.Equal(50, meter.PerRow(4.5)); // between samples
        meter.Sample(5, null, 0);
        Assert.Null(meter.PerRow(5)); // nobody knows
    }

    [Theory]
    [InlineData(Level.L0, false, false, "G--")]
    [InlineData(Level.L1, false, false, "-A-")]
    [InlineData(Level.L2, false, false, "-A-")]
    [InlineData(Level.L3, false, false, "--R")]
    [InlineData(Level.L4, true, false, "--R")]
    [InlineData(Level.L0, true, false, "--R")]
    [InlineData(Level.L0, false, true, "GA-")]
    public void Lights_LevelAndState_AreShown(Level level, bool isAway, bool isMaintenance, string expected)
    {
        var (green, amber, red) = StackLight.Lights(level, isAway, isMaintenance);
        Assert.Equal(expected, $"{(green ? 'G' : '-')}{(amber ? 'A' : '-')}{(red ? 'R' : '-')}");
    }

    /// <summary>Through System.Device.Gpio itself, on a driver that only remembers.</summary>
    [Fact]
    public void Panel_ButtonHeldForASecond_SwitchesMaintenance()
    {
        var (driver, clock) = (new RememberingDriver(), new FakeTimeProvider());
        using var pins = new GpioPins(new GpioController(driver));
        var panel = new StackLight(new StackLightOptions { Green = 5, Amber = 6, Red = 13, Button = 26 }, pins, clock);
        void Tick(double seconds, Level level = Level.L0)
        {
            clock.Advance(TimeSpan.FromSeconds(seconds));
            panel.Tick(level, isAway: false);
        }
        Tick(0.25);
        Assert.Equal((true, false, false), (driver.IsHigh(5), driver.IsHigh(6), driver.IsHigh(13)));
        Tick(0.25, Level.L3);
        Assert.Equal((false, false, true), (driver.IsHigh(5), driver.IsHigh(6), driver.IsHigh(13)));
        driver.Set(26, isHigh: false);
        Tick(0.25);
        Tick(0.5);
        driver.Set(26, isHigh: true);
        Tick(0.25);
        Assert.False(panel.IsMaintenance); // too short
        driver.Set(26, isHigh: false);
        for (var i = 0; i < 20; i++) Tick(0.25); // held on: one switch
        Assert.True(panel.IsMaintenance);
        Assert.True(driver.IsHigh(5) && driver.IsHigh(6));
        driver.Set(26, isHigh: true);
        Tick(0.25);
        driver.Set(26, isHigh: false);
        for (var i = 0; i < 6; i++) Tick(0.25);
        Assert.False(panel.IsMaintenance);
    }

    /// <summary>
    /// Iot.Device.Bindings' sensor fills in where the kernel has no zone of the processor; compiled here against a stand-in.
    /// </summary>
    [Fact]
    public void CpuTemperature_NoZone_FillsIn()
    {
        using var root = Tree([.. Zones("gpu-thermal 49000")]);
        using var sensors = new CpuTemperatureSensors(new SysfsSensors(root.File("sys"), TimeProvider.System));
        Assert.True(sensors.HasSensors);
        Assert.Equal((49.0, 61.5), (sensors.Read(0).Gpu, sensors.Read(0).Cpu));
        using var zone = Tree([.. Zones("cpu-thermal 51000")]);
        using var known = new CpuTemperatureSensors(new SysfsSensors(zone.File("sys"), TimeProvider.System));
        Assert.Equal(51, known.Read(0).Cpu);
    }

    [Fact]
    public void Options_PinTwice_IsNamed() =>
        Assert.Contains("each pin once", string.Join(' ', OptionValidator.Problems(new StackLightOptions { Green = 5, Red = 5 })),
            StringComparison.Ordinal);

    private sealed class RememberingDriver : GpioDriver
    {
        private readonly Dictionary<int, bool> _pins = [];

        public bool IsHigh(int pin) => _pins.GetValueOrDefault(pin, true);

        public void Set(int pin, bool isHigh) => _pins[pin] = isHigh;

        protected override int PinCount => 40;

        protected override void OpenPin(int pinNumber)
        {
        }

        protected override void ClosePin(int pinNumber)
        {
        }

        private readonly Dictionary<int, PinMode> _modes = [];

        protected override void SetPinMode(int pinNumber, PinMode mode) => _modes[pinNumber] = mode;

        protected override PinMode GetPinMode(int pinNumber) => _modes.GetValueOrDefault(pinNumber);

        protected override bool IsPinModeSupported(int pinNumber, PinMode mode) => true;

        protected override PinValue Read(int pinNumber) => IsHigh(pinNumber) ? PinValue.High : PinValue.Low;

        protected override void Write(int pinNumber, PinValue value) => Set(pinNumber, value == PinValue.High);

        protected override WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        protected override void AddCallbackForPinValueChangedEvent(int pinNumber, PinEventTypes eventTypes,
            PinChangeEventHandler callback) => throw new NotSupportedException();

        protected override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback) =>
            throw new NotSupportedException();
    }
}
