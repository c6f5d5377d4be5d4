using System.Globalization;

namespace EdgeAgent.Telemetry.Weekly;

/// <summary>What to do next, from the figures of a week. Pure.</summary>
internal static class WeeklyAdvice
{
    private const double MaxRefused = 0.05, MaxHot = 0.01, MaxFallback = 0.05, MinResolved = 0.7, MinSatisfaction = 3.5, MinRated = 0.02,
        MaxFirstMilliseconds = 3000;

    public static IReadOnlyList<string> Of(WeeklyReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var week = report.Week;
        if (week.Answers + week.Refusals.Values.Sum() == 0) return ["Nobody asked anything. Check that the terminals reach the device."];
        var advice = All(report, week).ToList();
        return advice.Count > 0 ? advice : ["Nothing needs doing."];
    }

    private static IEnumerable<string> All(WeeklyReport report, BusinessReport week)
    {
        foreach (var (statistic, _) in week.Drifts)
            yield return $"Questions or answers have changed ({statistic.Replace('_', ' ')}). Look at the latest questions in the review "
                + "queue, add what is new to the manuals or the student, then take a new reference window.";
        if (WeeklyReport.RefusedShare(week) > MaxRefused)
        {
            var (reason, _) = week.Refusals.MaxBy(r => r.Value);
            yield return $"{Percent(WeeklyReport.RefusedShare(week))} of the queries were refused, most of them as {reason}. "
                + Remedy(reason);
        }
        if (week.Rated.Ratings >= WeeklyReport.MinRatings && week.Satisfaction < MinSatisfaction
            || week.Rated.Judged >= WeeklyReport.MinRatings && week.ResolutionRate < MinResolved)
            yield return "Users are not satisfied. Work through the review queue: edge-agent review.";
        if (week.Rated.Ratings < MinRated * week.Answers)
            yield return $"Only {week.Rated.Ratings.ToString("F0", CultureInfo.InvariantCulture)} answers were rated. Ask the operators to "
                + "rate answers, or the other figures say little.";
        if (Share(week.Levels, "L3", "L4") > MaxHot)
            yield return "The device was too hot to generate at times. Check fan, filter mat and cabinet.";
        if (Share(week.Sources, "fallback") > MaxFallback)
            yield return "The preset answer was sent often. Add curated answers or manuals for what is asked.";
        if (week.FirstResponse(0.95) > MaxFirstMilliseconds)
            yield return "Some answers begin late. Look at waiting queries in the telemetry; more rows or a second device help.";
    }

    private static string Remedy(string reason) => reason switch
    {
        "overloaded" => "Raise Student:Rows, or share the queries over a pool of devices.",
        "unavailable" => "See whether the student was away or the device too hot: edge-agent doctor.",
        "expired" => "Give queries a longer expiry, or the device fewer of them.",
        "too_long" => "Shorten what terminals send, or import a student with a larger context.",
        _ => "Look at what the terminals send.",
    };

    private static double Share(IReadOnlyDictionary<string, double> counts, params ReadOnlySpan<string> names)
    {
        var some = 0.0;
        foreach (var name in names) some += counts.GetValueOrDefault(name);
        var all = counts.Values.Sum();
        return all == 0 ? 0 : some / all;
    }

    private static string Percent(double? share) => (share ?? 0).ToString("P0", CultureInfo.InvariantCulture);
}
