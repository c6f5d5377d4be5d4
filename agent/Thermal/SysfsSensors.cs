using System.Globalization;

namespace EdgeAgent.Thermal;

/// <summary>Where readings come from.</summary>
public interface IThermalSource
{
    /// <summary>Whether there is anything to read here.</summary>
    bool HasSensors { get; }

    /// <param name="seconds">Time since the start, as the reading will carry it.</param>
    ThermalReading Read(double seconds);
}

/// <summary>
/// The kernel's thermal zones and cooling devices (Documentation/ABI/testing/sysfs-class-thermal), found by type, never by
/// number. Each file is read with a time limit; one that hangs or fails three times is left alone for a while.
/// </summary>
public sealed class SysfsSensors : IThermalSource
{
    private const int Failures = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500), Quarantine = TimeSpan.FromSeconds(60);

    /// <summary>Cooling devices that say nothing of a processor's speed.</summary>
    private static readonly string[] NoThrottle = ["pwm-fan", "pwmfan", "hot-surface-alert", "fan"];

    private readonly TimeProvider _clock;
    private readonly List<Sensor> _tj = [], _cpu = [], _gpu = [], _soc = [], _throttles = [];

    private sealed class Sensor(string path)
    {
        public string Path => path;
        public int Failed { get; set; }
        public long? AwaySince { get; set; }
        public Task<string>? Hanging { get; set; }
    }

    /// <param name="root">/sys, or a copy of it in tests.</param>
    public SysfsSensors(string root, TimeProvider clock)
    {
        _clock = clock;
        var thermal = Path.Combine(root, "class", "thermal");
        if (!Directory.Exists(thermal)) return;
        foreach (var zone in Directory.GetDirectories(thermal, "thermal_zone*").Order(StringComparer.Ordinal))
            (TypeOf(zone) switch
            {
                var t when t.StartsWith("tj", StringComparison.Ordinal) => _tj,
                var t when t.StartsWith("cpu", StringComparison.Ordinal) || t.StartsWith("x86_pkg", StringComparison.Ordinal) || t.Contains("coretemp", StringComparison.Ordinal) || t.Contains("acpitz", StringComparison.Ordinal) => _cpu,
                var t when t.StartsWith("gpu", StringComparison.Ordinal) => _gpu,
                var t when t.StartsWith("soc", StringComparison.Ordinal) => _soc,
                _ => null,
            })?.Add(new Sensor(Path.Combine(zone, "temp")));
        foreach (var device in Directory.GetDirectories(thermal, "cooling_device*").Order(StringComparer.Ordinal))
            if (TypeOf(device) is { Length: > 0 } type && !NoThrottle.Any(n => type.StartsWith(n, StringComparison.Ordinal)) && (type.Contains("cpu", StringComparison.Ordinal) || type.Contains("gpu", StringComparison.Ordinal) || type.Contains("soc", StringComparison.Ordinal) || type.Contains("throttle", StringComparison.Ordinal)))
                _throttles.Add(new Sensor(Path.Combine(device, "cur_state")));
    }

    public bool HasSensors => _tj.Count + _cpu.Count + _gpu.Count + _soc.Count > 0;

    public ThermalReading Read(double seconds) => new(seconds, Hottest(_tj), Hottest(_cpu), Hottest(_gpu), Hottest(_soc), _throttles.Select(Value).Max());

    private double? Hottest(List<Sensor> sensors) => sensors.Select(s => Value(s) / 1000).Max();

    private double? Value(Sensor sensor)
    {
        if (sensor.AwaySince is { } since)
        {
            if (_clock.GetElapsedTime(since) < Quarantine || sensor.Hanging is { IsCompleted: false }) return null;
            (sensor.AwaySince, sensor.Failed, sensor.Hanging) = (null, 0, null);
        }
        var read = Task.Run(() => File.ReadAllText(sensor.Path));
        try
        {
            if (read.Wait(Patience))
            {
                sensor.Failed = 0;
                return double.TryParse(read.Result.Trim(), CultureInfo.InvariantCulture, out var value) ? value : null;
            }
            // it hangs: nobody waits for it twice
            (sensor.Hanging, sensor.AwaySince) = (read, _clock.GetTimestamp());
        }
        catch (AggregateException)
        {
            if (++sensor.Failed >= Failures) sensor.AwaySince = _clock.GetTimestamp();
        }
        return null;
    }

    private static string TypeOf(string directory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, "type")).Trim().ToLowerInvariant();
        }
        catch (IOException)
        {
            return "";
        }
    }
}

/// <summary>Readings from a profile, as time goes by; the last one stays.</summary>
public sealed class SimulatedSensors(IReadOnlyList<ThermalReading> profile) : IThermalSource
{
    public bool HasSensors => profile.Count > 0;

    public ThermalReading Read(double seconds) => (profile.LastOrDefault(r => r.Seconds <= seconds) ?? profile[0]) with { Seconds = seconds };
}
