using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Thermal;

/// <summary>When the device degrades its service because of heat or slow answers, and when it comes back.</summary>
internal sealed record LadderOptions : ICheckedOptions
{
    /// <summary>Reads temperatures. Switch off only where something else protects the device from heat.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Four rising temperatures, at which the levels L1, L2, L3 and L4 are entered.</summary>
    [Unit("°C")]
    public IReadOnlyList<double> Enter { get; init; } = [80, 86, 91, 95];

    /// <summary>Four rising temperatures, below which L1, L2, L3 and L4 are left. Each is below where its level is entered.</summary>
    [Unit("°C")]
    public IReadOnlyList<double> Leave { get; init; } = [74, 80, 85, 89];

    /// <summary>Weight of a new second's temperature in the moving average. 1 does not smooth.</summary>
    [Unit("share"), Range(0, 1, IsMinExcluded = true)]
    public double Smoothing { get; init; } = 0.3;

    /// <summary>How far ahead a rise in temperature is extrapolated. 0 does not look ahead.</summary>
    [Duration("LookAheadS", DurationUnit.Seconds), Range(0, 120)]
    public TimeSpan LookAhead { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Time below the leave temperature before the device comes down one level.</summary>
    [Duration("DwellS", DurationUnit.Seconds), Range(1, 3600)]
    public TimeSpan Dwell { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Changes between up and down within <c>FlapWindowS</c> from which the dwell time doubles.</summary>
    [Unit("changes"), Range(2, 100)]
    public int Flaps { get; init; } = 4;

    /// <summary>Window in which changes between up and down are counted.</summary>
    [Duration("FlapWindowS", DurationUnit.Seconds), Range(1, 86_400)]
    public TimeSpan FlapWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How often in an hour the device may come down and, within a quarter of an hour, go up again; then it stays where it is until that
    /// hour is over or it is cold. Raise it where work comes in bursts of heat.
    /// </summary>
    [Unit("tries/h"), Range(1, 60)]
    public int TriesAnHour { get; init; } = 3;

    /// <summary>
    /// Types of thermal zones that are not read (<c>/sys/class/thermal/thermal_zone*/type</c>), such as one that always says the same.
    /// </summary>
    public IReadOnlyList<string> Ignore { get; init; } = [];

    /// <summary>Time without any temperature after which the device goes to L2 at least.</summary>
    [Duration("StaleS", DurationUnit.Seconds), Range(1, 600)]
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time that the processor must have throttled itself before the device goes to L3.</summary>
    [Duration("ThrottleS", DurationUnit.Seconds), Range(0, 60)]
    public TimeSpan ThrottleAfter { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Share of the usual tokens per second below which the device goes to L1.</summary>
    [Unit("share"), Range(0, 1)]
    public double SlowL1 { get; init; } = 0.85;

    /// <summary>Share of the usual tokens per second below which the device goes to L2. At most <c>SlowL1</c>.</summary>
    [Unit("share"), Range(0, 1)]
    public double SlowL2 { get; init; } = 0.7;

    public double EnterAt(Level level) => Enter[(int)level - 1];

    public double LeaveAt(Level level) => Leave[(int)level - 1];

    public IEnumerable<string> Problems(string section)
    {
        if (Enter.Count != 4 || Leave.Count != 4
            || Enum.GetValues<Level>().Skip(1)
                .Any(l => !(LeaveAt(l) < EnterAt(l)) || l > Level.L1 && !(EnterAt(l) > EnterAt(l - 1) && LeaveAt(l) > LeaveAt(l - 1))))
            yield return $"{section}:Enter and {section}:Leave must be four rising temperatures each, every level left below where it is " +
                $"entered; found [{string.Join(", ", Enter)}] and [{string.Join(", ", Leave)}]";
        if (SlowL2 > SlowL1) yield return $"{section}:SlowL2 must be at most {section}:SlowL1 ({SlowL1}), found {SlowL2}";
    }
}
