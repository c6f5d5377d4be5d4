namespace EdgeAgent.Telemetry.Weekly;

/// <summary>
/// The figures of seven days and of the seven before, of one device or of several together. Pure; built from hourly figures.
/// </summary>
/// <param name="Until">End of the week.</param>
/// <param name="Devices">How many devices' figures these are.</param>
/// <param name="Days">The seven days one by one, oldest first; a day without figures is empty.</param>
internal sealed record WeeklyReport(DateTimeOffset Until, int Devices, BusinessReport Week, BusinessReport Before,
    IReadOnlyList<BusinessReport> Days)
{
    public const int DaysAWeek = 7, HoursADay = 24;

    /// <summary>Ratings without which a rate is not compared, nor advice given.</summary>
    public const int MinRatings = 20;

    public double DeviceHours => (double)Devices * DaysAWeek * HoursADay;

    /// <summary>Share of queries that were refused; null without any query.</summary>
    public static double? RefusedShare(BusinessReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var refused = report.Refusals.Values.Sum();
        return refused + report.Answers > 0 ? refused / (refused + report.Answers) : null;
    }

    /// <param name="hours">Hourly figures of any number of devices; those before the two weeks, or later than now, do not count.</param>
    public static WeeklyReport Of(IReadOnlyList<BusinessReport> hours, int devices, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(hours);
        var week = now.AddDays(-DaysAWeek);
        return new WeeklyReport(now, devices, Sum(hours, week, now), Sum(hours, week.AddDays(-DaysAWeek), week),
            [.. Enumerable.Range(0, DaysAWeek).Select(d => Sum(hours, week.AddDays(d), week.AddDays(d + 1)))]);
    }

    /// <summary>Hours that begin after one time and not after another.</summary>
    private static BusinessReport Sum(IReadOnlyList<BusinessReport> hours, DateTimeOffset from, DateTimeOffset to) => new(from,
        hours.Where(h => h.From > from && h.From <= to).SelectMany(h => h.Counts).GroupBy(c => c.Key)
            .ToDictionary(g => g.Key, g => g.Sum(c => c.Value), StringComparer.Ordinal));
}
