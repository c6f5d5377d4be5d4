namespace EdgeAgent.Thermal;

/// <summary>What a climate sensor measures.</summary>
/// <param name="Celsius">Temperature, C.</param>
/// <param name="HumidityPercent">Relative humidity, 0..100.</param>
internal sealed record ClimateReading(double Celsius, double HumidityPercent);
