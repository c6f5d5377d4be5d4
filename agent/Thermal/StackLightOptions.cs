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
    /// Pin of the maintenance button, which pulls it low. Held, it switches maintenance on and off; updates wait while it is on. -1: none.
    /// </summary>
    [Unit("pin"), Range(-1, 1000)]
    public int Button { get; init; } = -1;

    /// <summary>How long the maintenance button must be held.</summary>
    [Duration("HoldSeconds", DurationUnit.Seconds), Range(0.2, 10)]
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Label of the GPIO chip that the pins belong to, as <c>gpiodetect</c> shows it in brackets; pins are its line numbers. Empty: the
    /// board's only chip, or the one of the header of a Jetson Orin or a Raspberry Pi.
    /// </summary>
    [Length(0, 64)]
    public string Chip { get; init; } = "";

    public bool IsUsed => Pins.Any();

    private IEnumerable<int> Pins => new[] { Green, Amber, Red, Button }.Where(p => p >= 0);

    public IEnumerable<string> Problems(string section)
    {
        if (Pins.Distinct().Count() < Pins.Count()) yield return $"{section} must use each pin once, found {string.Join(", ", Pins)}";
    }
}
