namespace EdgeAgent.Platform.Configuration;

/// <summary>Units of durations in configuration files.</summary>
internal enum DurationUnit
{
    Milliseconds,
    Seconds,
    Minutes,
    Days,
}

/// <summary>
/// The key and the unit of a <see cref="TimeSpan"/>: a plain number in the file, fractions allowed, whose unit the key names
/// (<c>"DeadlineSeconds": 30</c>).
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DurationAttribute(string key, DurationUnit unit) : Attribute
{
    public string Key => key;
    public DurationUnit Unit => unit;

    /// <exception cref="OverflowException">More than about 29,000 years, or not a number.</exception>
    public TimeSpan Of(double number) => unit switch
    {
        DurationUnit.Milliseconds => TimeSpan.FromMilliseconds(number),
        DurationUnit.Seconds => TimeSpan.FromSeconds(number),
        DurationUnit.Minutes => TimeSpan.FromMinutes(number),
        _ => TimeSpan.FromDays(number),
    };

    /// <summary>The number in the key's unit, free of the noise that the way over ticks of 100 ns leaves in the last digits.</summary>
    public double In(TimeSpan duration) => Math.Round(unit switch
    {
        DurationUnit.Milliseconds => duration.TotalMilliseconds,
        DurationUnit.Seconds => duration.TotalSeconds,
        DurationUnit.Minutes => duration.TotalMinutes,
        _ => duration.TotalDays,
    }, 9);
}
