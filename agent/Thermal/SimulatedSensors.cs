namespace EdgeAgent.Thermal;

/// <summary>
/// Plays a profile of readings back in real time; the last reading stays. A file that changes is read again, so that the heat can be
/// set while the agent runs; one that cannot be read leaves the profile as it was.
/// </summary>
internal sealed class SimulatedSensors : IThermalSource
{
    private readonly string _path;
    private IReadOnlyList<ThermalReading> _profile;
    private DateTime _writtenAt;

    /// <param name="path">The profile; see <see cref="HeatProfile"/>.</param>
    /// <exception cref="FormatException">The file is no profile.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public SimulatedSensors(string path)
    {
        _path = path;
        _writtenAt = File.GetLastWriteTimeUtc(path);
        _profile = HeatProfile.Load(path);
    }

    public bool HasSensors => _profile.Count > 0;

    public ThermalReading Read(double seconds)
    {
        Refresh();
        return (_profile.LastOrDefault(r => r.Seconds <= seconds) ?? _profile[0]) with { Seconds = seconds };
    }

    private void Refresh()
    {
        var writtenAt = File.GetLastWriteTimeUtc(_path);
        if (writtenAt == _writtenAt) return;
        try
        {
            var profile = HeatProfile.Load(_path);
            if (profile.Count > 0) (_profile, _writtenAt) = (profile, writtenAt);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            // half written: the next reading tries again
        }
    }
}
