using System.Device.I2c;
using Iot.Device.Bmxx80;

namespace EdgeAgent.Thermal;

/// <summary>Bosch's BME280 through Iot.Device.Bindings.</summary>
internal sealed class Bme280Sensor(I2cDevice device) : IClimateSensor
{
    private readonly Bme280 _binding = new(device);

    public ClimateReading Measure() => _binding.Read() is { Temperature: { } temperature, Humidity: { } humidity }
        ? new ClimateReading(temperature.DegreesCelsius, humidity.Percent)
        : throw new IOException("the BME280 gave no temperature or no humidity");

    public void Dispose() => _binding.Dispose();
}
