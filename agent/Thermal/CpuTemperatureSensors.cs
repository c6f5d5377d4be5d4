#if IOT_BINDINGS
using Iot.Device.CpuTemperature;

namespace EdgeAgent.Thermal;

/// <summary>
/// Iot.Device.Bindings' CpuTemperature beside another source: it knows boards that have no thermal zones. Built with
/// -p:UseIotBindings=true.
/// </summary>
internal sealed class CpuTemperatureSensors(IThermalSource inner) : IThermalSource, IDisposable
{
    private readonly CpuTemperature _temperature = new();

    public bool HasSensors => inner.HasSensors || _temperature.IsAvailable;

    public ThermalReading Read(double seconds)
    {
        var reading = inner.Read(seconds);
        return reading.Cpu is null && _temperature.IsAvailable ? reading with { Cpu = _temperature.Temperature.DegreesCelsius } : reading;
    }

    public void Dispose() => _temperature.Dispose();
}
#endif
