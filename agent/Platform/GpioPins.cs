using System.Device.Gpio;

namespace EdgeAgent.Platform;

/// <summary>The board's pins through System.Device.Gpio: opened when they are first used, inputs with a pull-up.</summary>
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

    /// <summary>High where nothing pulls it low.</summary>
    public bool Read(int pin)
    {
        if (!controller.IsPinOpen(pin))
            controller.OpenPin(pin, controller.IsPinModeSupported(pin, PinMode.InputPullUp) ? PinMode.InputPullUp : PinMode.Input);
        return controller.Read(pin) == PinValue.High;
    }

    public void Dispose() => controller.Dispose();
}
