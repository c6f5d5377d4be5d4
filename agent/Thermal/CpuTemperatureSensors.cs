#if IOT_BINDINGS
using Iot.Device.CpuTemperature;

namespace EdgeAgent.Thermal;

/// <summary>
/// Adds CpuTemperature of Iot.Device.Bindings to another source, for boards without a thermal zone of the processor. Built with
/// -p:UseIotBindings=true.
/// </summary>
internal sealed class CpuTemperatureSensors(IThermalSource inner) : IThermalSource, IDisposable
{
    private readonly CpuTemperature _temperature = new();

    public bool HasSensors => inner.HasSensors || _temperature.IsAvailable;

    public IReadOnlyList<string> Stuck => inner.Stuck;

    public ThermalReading Read(double seconds)
    {
        var reading = inner.Read(seconds);
        return reading.Cpu is null && _temperature.IsAvailable ? reading with { Cpu = _temperature.Temperature.DegreesCelsius } : reading;
    }

    public void Dispose() => _temperature.Dispose();
}
#endif
