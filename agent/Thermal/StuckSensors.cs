namespace EdgeAgent.Thermal;

/// <summary>
/// Names sensors that say the same for an hour while another one moves: a zone that the firmware never fills, a chip that hangs. Pure;
/// time comes with the values. Not safe for concurrent use.
/// </summary>
internal sealed class StuckSensors
{
    /// <summary>Seconds without any change after which a sensor is suspected.</summary>
    private const double Patience = 3600;

    /// <summary>Degrees that another sensor must have moved in that time.</summary>
    private const double Movement = 3;

    private sealed class Sensor(double value, double seconds)
    {
        public double Value = value, Since = seconds, Lowest = value, Highest = value, WindowStart = seconds, Moved;
    }

    private readonly Dictionary<string, Sensor> _sensors = new(StringComparer.Ordinal);

    /// <summary>The suspects, by name.</summary>
    public IReadOnlyList<string> Names { get; private set; } = [];

    public void Observe(string name, double value, double seconds)
    {
        if (!_sensors.TryGetValue(name, out var sensor)) _sensors[name] = sensor = new Sensor(value, seconds);
        if (value != sensor.Value) (sensor.Value, sensor.Since) = (value, seconds);
        (sensor.Lowest, sensor.Highest) = (Math.Min(sensor.Lowest, value), Math.Max(sensor.Highest, value));
        if (seconds - sensor.WindowStart < Patience) return;
        sensor.Moved = sensor.Highest - sensor.Lowest;
        (sensor.Lowest, sensor.Highest, sensor.WindowStart) = (value, value, seconds);
        var hasMovement = _sensors.Values.Any(s => Math.Max(s.Moved, s.Highest - s.Lowest) >= Movement);
        Names = hasMovement
            ? [.. _sensors.Where(s => seconds - s.Value.Since >= Patience).Select(s => s.Key).Order(StringComparer.Ordinal)] : [];
    }
}
