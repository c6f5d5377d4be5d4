using EdgeAgent.Platform;
using Iot.Device.Button;

namespace EdgeAgent.Thermal;

/// <summary>
/// The maintenance button, through Iot.Device.Bindings' GpioButton: held, it switches maintenance on and off. Contacts that bounce start
/// the hold anew. The binding's own debounce time stays off: it drops the press that follows a bounce, and with it the hold. What counts
/// is that the pin is still down when the hold ends, and one switch a press.
/// </summary>
internal sealed class MaintenanceButton : IDisposable
{
    /// <summary>The binding wants one; double presses mean nothing here.</summary>
    private static readonly TimeSpan DoublePress = TimeSpan.FromSeconds(1.5);

    private readonly GpioButton _button;
    private readonly GpioPins _pins;
    private readonly int _pin;
    private readonly Lock _lock = new();
    private bool _isMaintenance, _hasSwitched;

    /// <param name="pin">Pulled low by the button.</param>
    /// <param name="hold">How long the button must be held.</param>
    /// <exception cref="Exception">What the driver throws where the pin cannot be used.</exception>
    public MaintenanceButton(GpioPins pins, int pin, TimeSpan hold)
    {
        (_pins, _pin) = (pins, pin);
        _button = new GpioButton(pin, DoublePress, hold, isPullUp: true, hasExternalResistor: !pins.CanPullUp(pin), pins.Controller,
            shouldDispose: false)
        { IsHoldingEnabled = true };
        _button.Holding += (_, e) =>
        {
            if (e.HoldingState == ButtonHoldingState.Started) Switch();
        };
        _button.ButtonUp += (_, _) => Release();
    }

    /// <summary>Whether maintenance is switched on: somebody works on the device.</summary>
    public bool IsMaintenance
    {
        get { lock (_lock) return _isMaintenance; }
    }

    /// <summary>Raised after each switch.</summary>
    public event Action? Switched;

    private void Switch()
    {
        lock (_lock)
        {
            if (_hasSwitched || _pins.IsHigh(_pin)) return;
            (_isMaintenance, _hasSwitched) = (!_isMaintenance, true);
        }
        Switched?.Invoke();
    }

    private void Release()
    {
        lock (_lock) _hasSwitched = false;
    }

    public void Dispose() => _button.Dispose();
}
