using Iot.Device.CpuTemperature;

namespace EdgeAgent.Thermal;

/// <summary>
/// Adds CpuTemperature of Iot.Device.Bindings to another source, for boards whose thermal zones have names that nobody here knows. The
/// binding reads zone 0 whatever it is; so it is asked only where the other source has nothing.
/// </summary>
internal sealed class CpuTemperatureSensors : IThermalSource, IDisposable
{
    private readonly IThermalSource _inner;
    private readonly CpuTemperature _binding = new();
    private readonly TimedRead<double> _temperature;

    public CpuTemperatureSensors(IThermalSource inner, TimeProvider clock)
        : this(inner, clock, null)
    {
    }

    /// <param name="read">Stands in for the binding's reading, C; null: the binding's.</param>
    internal CpuTemperatureSensors(IThermalSource inner, TimeProvider clock, Func<double>? read)
    {
        _inner = inner;
        HasSensors = inner.HasSensors || read is not null || _binding.IsAvailable;
        _temperature = new TimedRead<double>(read ?? (() => _binding.Temperature.DegreesCelsius), new SensorThread(), clock);
    }

    public bool HasSensors { get; }

    public IReadOnlyList<string> Stuck => _inner.Stuck;

    public ThermalReading Read(double seconds)
    {
        var reading = _inner.Read(seconds);
        return _inner.HasSensors || !HasSensors || !_temperature.TryRead(out var temperature) || !double.IsFinite(temperature)
            ? reading : reading with { Cpu = temperature };
    }

    public void Dispose() => _binding.Dispose();
}
