namespace EdgeAgent.Thermal;

/// <summary>A source of thermal readings: the board, or a recording.</summary>
internal interface IThermalSource
{
    /// <summary>Whether the source has any sensor.</summary>
    bool HasSensors { get; }

    /// <param name="seconds">Time since the start, which the reading will carry.</param>
    ThermalReading Read(double seconds);
}
