using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Thermal;

/// <summary>GPIO pins of a stack light and a maintenance button.</summary>
internal sealed record StackLightOptions : ICheckedOptions
{
    /// <summary>Pin of the green light: the device serves normally. -1: none.</summary>
    [Unit("pin"), Range(-1, 1000)]
    public int Green { get; init; } = -1;

    /// <summary>Pin of the amber light: the device degrades its service (L1, L2). -1: none.</summary>
    [Unit("pin"), Range(-1, 1000)]
    public int Amber { get; init; } = -1;

    /// <summary>Pin of the red light: the device generates no answers (L3, L4, or the engine is being restarted). -1: none.</summary>
    [Unit("pin"), Range(-1, 1000)]
    public int Red { get; init; } = -1;

    /// <summary>
    /// Pin of the maintenance button, which pulls it low. Held for a second it switches maintenance on and off; updates wait while it is
    /// on. -1: none.
    /// </summary>
    [Unit("pin"), Range(-1, 1000)]
    public int Button { get; init; } = -1;

    public bool IsUsed => Pins.Any();

    private IEnumerable<int> Pins => new[] { Green, Amber, Red, Button }.Where(p => p >= 0);

    public IEnumerable<string> Problems(string section)
    {
        if (Pins.Distinct().Count() < Pins.Count()) yield return $"{section} must use each pin once, found {string.Join(", ", Pins)}";
    }
}
