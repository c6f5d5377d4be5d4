using EdgeAgent.Platform;

namespace EdgeAgent.Thermal;

/// <summary>
/// The stack light: green at L0, amber at L1 and L2, red from L3 on or while the engine is away; amber and green together in
/// maintenance.
/// </summary>
internal sealed class StackLight(StackLightOptions options, GpioPins pins)
{
    private (bool Green, bool Amber, bool Red)? _shown;

    public void Show(Level level, bool isAway, bool isMaintenance)
    {
        var lights = Lights(level, isAway, isMaintenance);
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

    private void Set(int pin, bool isOn)
    {
        if (pin >= 0) pins.Write(pin, isOn);
    }
}
