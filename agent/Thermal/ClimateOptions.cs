using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Thermal;

/// <summary>Kinds of climate sensors.</summary>
internal enum ClimateSensorKind
{
    None,
    Sht3x,
    Bme280,
}

/// <summary>A sensor of temperature and humidity in the cabinet, on an I2C bus. Its values are shown in the telemetry.</summary>
internal sealed record ClimateOptions
{
    /// <summary>The sensor's kind: SHT30, SHT31 and SHT35 are <c>Sht3x</c>.</summary>
    public ClimateSensorKind Sensor { get; init; } = ClimateSensorKind.None;

    /// <summary>
    /// Number of the I2C bus. Pins 3 and 5 of a Jetson Orin's 40-pin header are bus 7, a Raspberry Pi's are bus 1; <c>i2cdetect -l</c>
    /// lists the buses.
    /// </summary>
    [Unit("bus"), Range(0, 255)]
    public int Bus { get; init; } = 7;

    /// <summary>
    /// The sensor's address in decimal. 0: the usual one, which is 68 (0x44) for an SHT3x and 119 (0x77) for a BME280.
    /// </summary>
    [Unit("address"), Range(3, 119, Or = 0)]
    public int Address { get; init; }

    /// <summary>The address that is used (datasheets: Sensirion SHT3x-DIS 3.4, Bosch BME280 6.2).</summary>
    public int UsedAddress => Address != 0 ? Address : Sensor == ClimateSensorKind.Bme280 ? 0x77 : 0x44;
}
