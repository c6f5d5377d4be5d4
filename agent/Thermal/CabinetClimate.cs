using System.Device.I2c;

namespace EdgeAgent.Thermal;

/// <summary>
/// The climate in the cabinet. A sensor that is missing, or that is unplugged, is looked for again every minute; it never holds anything
/// up. Safe for concurrent use.
/// </summary>
internal sealed class CabinetClimate : IDisposable
{
    /// <summary>How old a value may get: air in a cabinet is slow, and measuring warms the sensor.</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    private readonly ClimateOptions _options;
    private readonly Func<int, int, I2cDevice> _open;
    private readonly TimeProvider _clock;
    private readonly TimedRead<ClimateReading> _read;
    private readonly Lock _lock = new();
    private IClimateSensor? _sensor; // the reading thread's
    private (ClimateReading? Reading, long At)? _latest;

    /// <param name="open">Opens a device on a bus, at an address.</param>
    public CabinetClimate(ClimateOptions options, Func<int, int, I2cDevice> open, TimeProvider clock)
    {
        (_options, _open, _clock) = (options, open, clock);
        _read = new TimedRead<ClimateReading>(Measure, new SensorThread(), clock);
    }

    /// <summary>What the last measurement said; null where the sensor gives none.</summary>
    public ClimateReading? Read()
    {
        lock (_lock)
        {
            if (_latest is { } latest && _clock.GetElapsedTime(latest.At) < MaxAge) return latest.Reading;
            var reading = _read.TryRead(out var value) ? value : null;
            _latest = (reading, _clock.GetTimestamp());
            return reading;
        }
    }

    /// <summary>Why there is no value, and where the sensor was looked for; null where there is one.</summary>
    public string? Problem
    {
        get
        {
            var address = _options.UsedAddress;
            lock (_lock)
                return _read.Problem is { } problem
                    ? $"the {_options.Sensor} on I2C bus {_options.Bus}, address {address} (0x{address:x2}): {problem}" : null;
        }
    }

    private ClimateReading Measure()
    {
        try
        {
            _sensor ??= Create(_open(_options.Bus, _options.UsedAddress));
            return _sensor.Measure();
        }
        catch (Exception e) when (e is not OutOfMemoryException) // whatever a binding throws at a device that is not there
        {
            _sensor?.Dispose();
            _sensor = null; // it may have lost its settings with its power
            throw e as IOException ?? new IOException(e.Message, e);
        }
    }

    private IClimateSensor Create(I2cDevice device)
    {
        try
        {
            return _options.Sensor == ClimateSensorKind.Bme280 ? new Bme280Sensor(device) : new Sht3xSensor(device);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    public void Dispose() => _sensor?.Dispose();
}
