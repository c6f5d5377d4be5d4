using EdgeAgent.Platform;

namespace EdgeAgent.Thermal;

/// <summary>
/// The stack light: green at L0, amber at L1 and L2, red from L3 on or where the engine is away. The button, held for a second,
/// switches maintenance on and off: amber and green together, and updates wait. Call <see cref="Tick"/> a few times a second.
/// </summary>
internal sealed class StackLight(StackLightOptions options, GpioPins pins, TimeProvider clock)
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(1);
    private long? _downSince;
    private bool _hasSwitched;
    private (bool Green, bool Amber, bool Red)? _shown;

    /// <summary>Whether somebody works on the device.</summary>
    public bool IsMaintenance { get; private set; }

    public void Tick(Level level, bool isAway)
    {
        if (options.Button >= 0) Watch(!pins.Read(options.Button));
        var lights = Lights(level, isAway, IsMaintenance);
        if (lights == _shown) return;
        Set(options.Green, lights.Green);
        Set(options.Amber, lights.Amber);
        Set(options.Red, lights.Red);
        _shown = lights;
    }

    /// <summary>What is lit.</summary>
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
        if (_hasSwitched || clock.GetElapsedTime(_downSince.Value) < Hold) return;
        (IsMaintenance, _hasSwitched) = (!IsMaintenance, true);
    }

    private void Set(int pin, bool isOn)
    {
        if (pin >= 0) pins.Write(pin, isOn);
    }
}
