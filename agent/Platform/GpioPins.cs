using System.Device.Gpio;

namespace EdgeAgent.Platform;

/// <summary>The board's pins through System.Device.Gpio: opened at first use, inputs with a pull-up where the board has one.</summary>
internal sealed class GpioPins(GpioController controller) : IDisposable
{
    public GpioPins()
        : this(new GpioController())
    {
    }

    public void Write(int pin, bool isHigh)
    {
        if (!controller.IsPinOpen(pin)) controller.OpenPin(pin, PinMode.Output);
        controller.Write(pin, isHigh ? PinValue.High : PinValue.Low);
    }

    /// <summary>Whether an input is high: with a pull-up, unless something pulls it low.</summary>
    public bool Read(int pin)
    {
        if (!controller.IsPinOpen(pin))
            controller.OpenPin(pin, controller.IsPinModeSupported(pin, PinMode.InputPullUp) ? PinMode.InputPullUp : PinMode.Input);
        return controller.Read(pin) == PinValue.High;
    }

    public void Dispose() => controller.Dispose();
}
