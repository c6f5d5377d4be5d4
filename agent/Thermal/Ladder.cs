namespace EdgeAgent.Thermal;

/// <summary>
/// Maps temperatures to levels: up at once, down one level at a time after a dwell time below the leave temperature. Flapping lengthens
/// the dwell time, and a level that cannot be kept is tried a few times an hour; a plain cool-down is not held back by either.
/// Deterministic: its state is the readings it was given, and time comes with them. Not safe for concurrent use.
/// </summary>
internal sealed class Ladder(LadderOptions options)
{
    /// <summary>Seconds over which a rise is measured.</summary>
    private const double SlopeWindow = 10;

    /// <summary>Greatest factor by which flapping lengthens the dwell time.</summary>
    private const double MaxDwellFactor = 16;

    /// <summary>Seconds.</summary>
    private const double Hour = 3600;

    /// <summary>A level that was kept for so long, seconds, could be kept: what came then is new heat.</summary>
    private const double Kept = 900;

    /// <summary>A device so far below a level's leave temperature, C, leaves it after the plain dwell time.</summary>
    private const double PlainlyCool = 10;

    private readonly Queue<(double Seconds, double Temperature)> _history = new();
    private readonly List<(double Seconds, Level To, bool IsDown)> _changes = [];
    private double? _average, _lastSeen, _firstAsked, _throttledSince, _coolSince;
    private double _last;
    private double _dwellFactor = 1;

    public LadderState State { get; private set; } = new(Level.L0, "start");

    /// <summary>
    /// The temperature that decides, C: smoothed, and extrapolated where it rises. Null before the first reading.
    /// </summary>
    public double? Control { get; private set; }

    public LadderState Next(ThermalReading reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        var now = Math.Max(reading.Seconds, _last); // a clock that goes back is ignored
        _firstAsked ??= now;
        Observe(now, reading);
        _last = now;
        var (wanted, why) = Wanted(now, reading);
        var level = State.Level;
        if (wanted > level) Change(now, wanted, why);
        else if (wanted == level || !IsCool(level, reading, now)) _coolSince = null;
        else
        {
            _coolSince ??= now;
            if (now - _coolSince >= DwellSeconds(level) && MayTry(level - 1, now))
                Change(now, level - 1, $"below the leave temperature for {now - _coolSince:F0} s");
        }
        return State;
    }

    private void Observe(double now, ThermalReading reading)
    {
        if (reading.Hottest is { } temperature)
        {
            var passed = _lastSeen is { } seen ? Math.Max(now - seen, 0) : 1;
            // the weight of one second, applied once for each second that passed
            var weight = 1 - Math.Pow(1 - options.Smoothing, Math.Max(passed, _lastSeen is null ? 1 : 0));
            _average = _average is { } average ? average + weight * (temperature - average) : temperature;
            _lastSeen = now;
            _history.Enqueue((now, _average.Value));
            while (_history.Count > 2 && now - _history.Peek().Seconds > SlopeWindow) _history.Dequeue();
            var (then, before) = _history.Peek();
            var slope = now - then >= 1 ? (_average.Value - before) / (now - then) : 0;
            Control = Math.Max(_average.Value + options.LookAhead.TotalSeconds * Math.Max(0, slope), _average.Value);
            // a temperature at L4 counts at once, not by its average
            Control = Math.Max(Control.Value, temperature >= options.EnterAt(Level.L4) ? temperature : Control.Value);
        }
        if (reading.Throttle is > 0) _throttledSince ??= now;
        else if (reading.Throttle is not null) _throttledSince = null;
    }

    /// <summary>The level that the readings call for, and why.</summary>
    private (Level Level, string Reason) Wanted(double now, ThermalReading reading)
    {
        var (level, why) = (Level.L0, "cool");
        void Raise(Level to, string reason)
        {
            if (to > level) (level, why) = (to, reason);
        }
        if (reading.RateRatio is { } rate)
        {
            if (rate < options.SlowL2) Raise(Level.L2, $"tokens/s at {rate:P0} of the usual rate");
            else if (rate < options.SlowL1) Raise(Level.L1, $"tokens/s at {rate:P0} of the usual rate");
        }
        // sensors that never spoke are as stale as those that fell silent
        var silence = now - (_lastSeen ?? _firstAsked!.Value);
        if (silence > options.StaleAfter.TotalSeconds) Raise(Level.L2, $"no temperature for {silence:F0} s");
        else if (Control is { } control)
            for (var at = Level.L1; at <= Level.L4; at++)
                if (control >= options.EnterAt(at)) Raise(at, $"{control:F1} C, {options.EnterAt(at):F0} C is {at}");
        if (_throttledSince is { } since && now - since >= options.ThrottleAfter.TotalSeconds)
            Raise(Level.L3, $"the processor has throttled itself for {now - since:F0} s");
        return (level, why);
    }

    /// <summary>Whether nothing requires the level any more.</summary>
    private bool IsCool(Level level, ThermalReading reading, double now) =>
        _lastSeen is { } seen && now - seen <= options.StaleAfter.TotalSeconds && Control < options.LeaveAt(level)
        && (level > Level.L3 || _throttledSince is null)
        && !(level <= Level.L2 && reading.RateRatio < (level == Level.L2 ? options.SlowL2 : options.SlowL1));

    /// <summary>Seconds below the leave temperature before the device comes down from a level.</summary>
    private double DwellSeconds(Level level) =>
        options.Dwell.TotalSeconds * (Control < options.LeaveAt(level) - PlainlyCool ? 1 : _dwellFactor);

    /// <summary>
    /// Whether the device may come down to a level: not where it has relapsed too often in the last hour, that is gone up again soon
    /// after coming down. A device that is cold may come down as long as it has not relapsed too often from that very level.
    /// </summary>
    private bool MayTry(Level target, double now)
    {
        var (relapses, fromTarget) = (0, 0);
        foreach (var (down, up) in _changes.Zip(_changes.Skip(1)))
        {
            if (!down.IsDown || up.IsDown || now - up.Seconds >= Hour || up.Seconds - down.Seconds >= Kept) continue;
            relapses++;
            if (down.To <= target) fromTarget++;
        }
        return relapses < options.TriesAnHour
            || Control < options.LeaveAt(Level.L1) - PlainlyCool && fromTarget < options.TriesAnHour;
    }

    /// <summary>Number of reversals between up and down.</summary>
    private static int Turns(List<(double Seconds, Level To, bool IsDown)> changes) =>
        changes.Zip(changes.Skip(1)).Count(pair => pair.First.IsDown != pair.Second.IsDown);

    private void Change(double now, Level level, string reason)
    {
        _coolSince = null;
        _changes.Add((now, level, level < State.Level));
        _changes.RemoveAll(c => now - c.Seconds >= Hour);
        var recent = _changes.Where(c => now - c.Seconds < options.FlapWindow.TotalSeconds).ToList();
        if (recent.Count == 1) _dwellFactor = 1; // no other change within the window
        else if (recent[^1].IsDown != recent[^2].IsDown && 1 + Turns(recent) >= options.Flaps)
            _dwellFactor = Math.Min(_dwellFactor * 2, MaxDwellFactor);
        State = new LadderState(level, reason);
    }
}
