using EdgeAgent.Platform;

namespace EdgeAgent.Thermal;

/// <summary>Section <c>StackLight</c>: a stack light and a maintenance button on the device's pins.</summary>
internal sealed record StackLightOptions
{
    public const string Section = "StackLight";

    /// <summary>Pins of the lights, 0..1000; -1: none.</summary>
    public int Green { get; init; } = -1;

    public int Amber { get; init; } = -1;
    public int Red { get; init; } = -1;

    /// <summary>Pin of the button, which pulls it low, 0..1000; -1: none.</summary>
    public int Button { get; init; } = -1;

    public bool IsUsed => new[] { Green, Amber, Red, Button }.Any(p => p >= 0);

    public IEnumerable<string> Problems()
    {
        foreach (var (key, pin) in new[] { ("Green", Green), ("Amber", Amber), ("Red", Red), ("Button", Button) })
            if (pin is < -1 or > 1000) yield return $"{Section}:{key} must be -1..1000, found {pin}";
        var used = new[] { Green, Amber, Red, Button }.Where(p => p >= 0).ToList();
        if (used.Distinct().Count() < used.Count) yield return $"{Section}: each pin once, found {string.Join(", ", used)}";
    }
}

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
