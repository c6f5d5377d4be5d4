using EdgeAgent.Platform;

namespace EdgeAgent.Thermal;

/// <summary>The panel's pins on a real board.</summary>
public sealed class BoardPins(GpioPins pins) : IPins
{
    public void Write(int pin, bool isHigh) => pins.Write(pin, isHigh);

    public bool Read(int pin) => pins.Read(pin);

    public void Dispose() => pins.Dispose();
}
