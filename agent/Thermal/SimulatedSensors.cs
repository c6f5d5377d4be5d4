namespace EdgeAgent.Thermal;

/// <summary>Plays a profile of readings back in real time; the last reading stays.</summary>
internal sealed class SimulatedSensors(IReadOnlyList<ThermalReading> profile) : IThermalSource
{
    public bool HasSensors => profile.Count > 0;

    public ThermalReading Read(double seconds) =>
        (profile.LastOrDefault(r => r.Seconds <= seconds) ?? profile[0]) with { Seconds = seconds };
}
