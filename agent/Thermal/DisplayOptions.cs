using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Thermal;

/// <summary>
/// A character display of 16 columns and 2 lines (HD44780) behind an I2C expander (PCF8574): it shows the level, the temperature and
/// what is wrong.
/// </summary>
internal sealed record DisplayOptions
{
    /// <summary>Whether the display is there.</summary>
    public bool Enabled { get; init; }

    /// <summary>Number of the I2C bus, as for <c>Climate</c>.</summary>
    [Unit("bus"), Range(0, 255)]
    public int Bus { get; init; } = 7;

    /// <summary>The expander's address in decimal: 39 (0x27) for a PCF8574, 63 (0x3f) for a PCF8574A, unless its jumpers are set.</summary>
    [Unit("address"), Range(3, 119)]
    public int Address { get; init; } = 0x27;
}
