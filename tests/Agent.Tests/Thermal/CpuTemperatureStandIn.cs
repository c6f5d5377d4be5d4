// The shape of the package that is not on every registry: what the agent uses of Iot.Device.Bindings.
namespace Iot.Device.CpuTemperature;

public readonly record struct StandInTemperature(double DegreesCelsius);

public sealed class CpuTemperature : IDisposable
{
    public bool IsAvailable => true;

    public StandInTemperature Temperature => new(61.5);

    public void Dispose() => GC.SuppressFinalize(this);
}
