using System.Device.Gpio;

namespace EdgeAgent.Tests.Thermal;

/// <summary>Pins in memory, below System.Device.Gpio itself: what is written can be read, and edges are raised as a board would.</summary>
internal sealed class MemoryGpioDriver(int pins = 40) : GpioDriver
{
    private readonly Dictionary<int, bool> _levels = [];
    private readonly Dictionary<int, PinMode> _modes = [];
    private readonly Dictionary<int, PinChangeEventHandler> _callbacks = [];

    public bool IsHigh(int pin) => _levels.GetValueOrDefault(pin, true);

    public void Set(int pin, bool isHigh) => _levels[pin] = isHigh;

    /// <summary>An edge as the kernel reports it, whatever the level is by then.</summary>
    public void Raise(int pin, PinEventTypes edge) => _callbacks[pin](this, new PinValueChangedEventArgs(edge, pin));

    protected override int PinCount => pins;

    protected override void OpenPin(int pinNumber)
    {
        if (pinNumber >= pins) throw new IOException($"there is no line {pinNumber}");
    }

    protected override void ClosePin(int pinNumber) => _modes.Remove(pinNumber);

    protected override void SetPinMode(int pinNumber, PinMode mode) => _modes[pinNumber] = mode;

    protected override PinMode GetPinMode(int pinNumber) => _modes.GetValueOrDefault(pinNumber);

    protected override bool IsPinModeSupported(int pinNumber, PinMode mode) => true;

    protected override PinValue Read(int pinNumber) => IsHigh(pinNumber) ? PinValue.High : PinValue.Low;

    protected override void Write(int pinNumber, PinValue value) => Set(pinNumber, value == PinValue.High);

    protected override WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    protected override void AddCallbackForPinValueChangedEvent(int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback) =>
        _callbacks[pinNumber] = callback;

    protected override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback) =>
        _callbacks.Remove(pinNumber);
}
