namespace EdgeAgent.Thermal;

/// <summary>A sensor of temperature and humidity.</summary>
internal interface IClimateSensor : IDisposable
{
    /// <exception cref="IOException">The sensor does not answer, or what it says is damaged.</exception>
    ClimateReading Measure();
}
