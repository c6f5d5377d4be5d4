namespace EdgeAgent.Thermal;

/// <summary>A source of thermal readings: the board, or a recording.</summary>
internal interface IThermalSource
{
    /// <summary>Whether the source has any sensor.</summary>
    bool HasSensors { get; }

    /// <summary>Sensors that seem to hang, by name.</summary>
    IReadOnlyList<string> Stuck => [];

    /// <param name="seconds">Time since the start, which the reading will carry.</param>
    ThermalReading Read(double seconds);
}
