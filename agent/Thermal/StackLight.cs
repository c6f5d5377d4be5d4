using EdgeAgent.Platform;

namespace EdgeAgent.Thermal;

/// <summary>
/// The stack light: green at L0, amber at L1 and L2, red from L3 on or while the engine is away. The button, held for a second,
/// switches maintenance on and off: then amber and green are lit together, and updates wait. Call <see cref="Update"/> a few times a
/// second.
/// </summary>
internal sealed class StackLight(StackLightOptions options, GpioPins pins, TimeProvider clock)
{
    /// <summary>How long the button must be held.</summary>
    private static readonly TimeSpan HoldTime = TimeSpan.FromSeconds(1);
    private long? _downSince;
    private bool _hasSwitched;
    private (bool Green, bool Amber, bool Red)? _shown;

    /// <summary>Whether maintenance is switched on: somebody works on the device.</summary>
    public bool IsMaintenance { get; private set; }

    /// <summary>Reads the button and sets the lights.</summary>
    public void Update(Level level, bool isAway)
    {
        if (options.Button >= 0) Watch(!pins.Read(options.Button));
        var lights = Lights(level, isAway, IsMaintenance);
        if (lights == _shown) return;
        Set(options.Green, lights.Green);
        Set(options.Amber, lights.Amber);
        Set(options.Red, lights.Red);
        _shown = lights;
    }

    /// <summary>Which lights are lit.</summary>
    public static (bool Green, bool Amber, bool Red) Lights(Level level, bool isAway, bool isMaintenance) =>
        (isMaintenance || level == Level.L0 && !isAway, isMaintenance || level is Level.L1 or Level.L2 && !isAway,
            level >= Level.L3 || isAway);

    private void Watch(bool isDown)
    {
        if (!isDown)
        {
            (_downSince, _hasSwitched) = (null, false);
            return;
        }
        _downSince ??= clock.GetTimestamp();
        if (_hasSwitched || clock.GetElapsedTime(_downSince.Value) < HoldTime) return;
        (IsMaintenance, _hasSwitched) = (!IsMaintenance, true);
    }

    private void Set(int pin, bool isOn)
    {
        if (pin >= 0) pins.Write(pin, isOn);
    }
}
