namespace EdgeAgent.Thermal;

/// <summary>
/// Thermal zones and cooling devices in sysfs (Documentation/ABI/testing/sysfs-class-thermal), found by type, never by number: with
/// the names of JetPack 5, 6 and 7 (CPU-therm, cpu-thermal, ...), of PCs and of a Raspberry Pi. Not safe for concurrent use.
/// </summary>
internal sealed class SysfsSensors : IThermalSource
{
    /// <summary>Cooling devices that do not slow a processor down.</summary>
    private static readonly string[] NoThrottle = ["pwm-fan", "pwmfan", "hot-surface-alert", "fan"];

    private readonly List<(string Type, SensorFile File)> _tj = [], _cpu = [], _gpu = [], _soc = [];
    private readonly List<SensorFile> _throttles = [];
    private readonly StuckSensors _stuck = new();

    /// <param name="root">/sys, or a tree of the needed files in tests.</param>
    /// <param name="ignored">Types of zones that are not read, whatever their case.</param>
    public SysfsSensors(string root, TimeProvider clock, IReadOnlyList<string>? ignored = null)
    {
        var thermal = Path.Combine(root, "class", "thermal");
        if (!Directory.Exists(thermal)) return;
        var thread = new SensorThread();
        foreach (var zone in Directory.GetDirectories(thermal, "thermal_zone*").Order(StringComparer.Ordinal))
        {
            var type = SensorFile.Word(Path.Combine(zone, "type"));
            if (ignored?.Contains(type, StringComparer.OrdinalIgnoreCase) == true) continue;
            (type switch
            {
                var t when t.StartsWith("tj", StringComparison.Ordinal) => _tj,
                var t
                    when t.StartsWith("cpu", StringComparison.Ordinal) || t.StartsWith("x86_pkg", StringComparison.Ordinal)
                        || t.Contains("coretemp", StringComparison.Ordinal) || t.Contains("acpitz", StringComparison.Ordinal) => _cpu,
                var t when t.StartsWith("gpu", StringComparison.Ordinal) => _gpu,
                var t when t.StartsWith("soc", StringComparison.Ordinal) => _soc,
                _ => null,
            })?.Add((type, new SensorFile(Path.Combine(zone, "temp"), thread, clock)));
        }
        foreach (var device in Directory.GetDirectories(thermal, "cooling_device*").Order(StringComparer.Ordinal))
            if (SensorFile.Word(Path.Combine(device, "type")) is { Length: > 0 } kind
                && !NoThrottle.Any(n => kind.StartsWith(n, StringComparison.Ordinal))
                && (kind.Contains("cpu", StringComparison.Ordinal) || kind.Contains("gpu", StringComparison.Ordinal)
                    || kind.Contains("soc", StringComparison.Ordinal) || kind.Contains("throttle", StringComparison.Ordinal)))
                _throttles.Add(new SensorFile(Path.Combine(device, "cur_state"), thread, clock));
    }

    public bool HasSensors => _tj.Count + _cpu.Count + _gpu.Count + _soc.Count > 0;

    public IReadOnlyList<string> Stuck => _stuck.Names;

    public ThermalReading Read(double seconds) => new(seconds, Hottest(_tj, seconds), Hottest(_cpu, seconds), Hottest(_gpu, seconds),
        Hottest(_soc, seconds), _throttles.Select(t => t.Read()).Max());

    private double? Hottest(List<(string Type, SensorFile File)> sensors, double seconds) =>
        ThermalReading.HottestOf(sensors.Select(sensor =>
        {
            var value = sensor.File.Read() / 1000;
            if (value is { } temperature) _stuck.Observe(sensor.Type, temperature, seconds);
            return value;
        }));
}
