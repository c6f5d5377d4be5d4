namespace EdgeAgent.Thermal;

/// <summary>
/// Thermal zones and cooling devices in sysfs (Documentation/ABI/testing/sysfs-class-thermal), found by type, never by number: with
/// the names of JetPack 5, 6 and 7 (CPU-therm, cpu-thermal, ...), of PCs and of a Raspberry Pi.
/// </summary>
internal sealed class SysfsSensors : IThermalSource
{
    /// <summary>Cooling devices that do not slow a processor down.</summary>
    private static readonly string[] NoThrottle = ["pwm-fan", "pwmfan", "hot-surface-alert", "fan"];

    private readonly List<SensorFile> _tj = [], _cpu = [], _gpu = [], _soc = [], _throttles = [];

    /// <param name="root">/sys, or a tree of the needed files in tests.</param>
    public SysfsSensors(string root, TimeProvider clock)
    {
        var thermal = Path.Combine(root, "class", "thermal");
        if (!Directory.Exists(thermal)) return;
        foreach (var zone in Directory.GetDirectories(thermal, "thermal_zone*").Order(StringComparer.Ordinal))
            (SensorFile.Word(Path.Combine(zone, "type")) switch
            {
                var t when t.StartsWith("tj", StringComparison.Ordinal) => _tj,
                var t
                    when t.StartsWith("cpu", StringComparison.Ordinal) || t.StartsWith("x86_pkg", StringComparison.Ordinal)
                        || t.Contains("coretemp", StringComparison.Ordinal) || t.Contains("acpitz", StringComparison.Ordinal) => _cpu,
                var t when t.StartsWith("gpu", StringComparison.Ordinal) => _gpu,
                var t when t.StartsWith("soc", StringComparison.Ordinal) => _soc,
                _ => null,
            })?.Add(new SensorFile(Path.Combine(zone, "temp"), clock));
        foreach (var device in Directory.GetDirectories(thermal, "cooling_device*").Order(StringComparer.Ordinal))
            if (SensorFile.Word(Path.Combine(device, "type")) is { Length: > 0 } type
                && !NoThrottle.Any(n => type.StartsWith(n, StringComparison.Ordinal))
                && (type.Contains("cpu", StringComparison.Ordinal) || type.Contains("gpu", StringComparison.Ordinal)
                    || type.Contains("soc", StringComparison.Ordinal) || type.Contains("throttle", StringComparison.Ordinal)))
                _throttles.Add(new SensorFile(Path.Combine(device, "cur_state"), clock));
    }

    public bool HasSensors => _tj.Count + _cpu.Count + _gpu.Count + _soc.Count > 0;

    public ThermalReading Read(double seconds) =>
        new(seconds, Hottest(_tj), Hottest(_cpu), Hottest(_gpu), Hottest(_soc), _throttles.Select(t => t.Read()).Max());

    private static double? Hottest(List<SensorFile> sensors) => sensors.Select(s => s.Read() / 1000).Max();
}
