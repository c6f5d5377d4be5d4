using System.Device.Gpio;

namespace EdgeAgent.Platform;

/// <summary>The board's pins through System.Device.Gpio: outputs are opened at first use.</summary>
internal sealed class GpioPins(GpioController controller) : IDisposable
{
    /// <summary>For bindings that take a controller; it stays this object's.</summary>
    public GpioController Controller => controller;

    public void Write(int pin, bool isHigh)
    {
        if (!controller.IsPinOpen(pin)) controller.OpenPin(pin, PinMode.Output);
        controller.Write(pin, isHigh ? PinValue.High : PinValue.Low);
    }

    /// <summary>Whether an open input is high: with a pull-up, unless something pulls it low.</summary>
    public bool IsHigh(int pin) => controller.Read(pin) == PinValue.High;

    /// <summary>Whether the board itself can pull a pin up.</summary>
    public bool CanPullUp(int pin) => controller.IsPinModeSupported(pin, PinMode.InputPullUp);

    public void Dispose() => controller.Dispose();
}
