using System.Globalization;

namespace EdgeAgent.Telemetry.Weekly;

/// <summary>A row of the weekly report.</summary>
/// <param name="Name">In plain words.</param>
/// <param name="Unit">Empty for counts.</param>
/// <param name="Format">Of the numbers; P0 writes shares as a percentage.</param>
/// <param name="Change">What changed since the week before, in words; empty where nothing did or too little is known.</param>
internal sealed record WeeklyFigure(string Name, string Unit, string Format, double? Week, double? Before, string Change)
{
    /// <summary>Relative change from which on a figure is said to have changed.</summary>
    private const double Notable = 0.1;

    public string Shown => Text(Week);

    public string ShownBefore => Text(Before);

    public static IReadOnlyList<WeeklyFigure> Of(WeeklyReport report, Prices? prices)
    {
        ArgumentNullException.ThrowIfNull(report);
        var (week, before) = (report.Week, report.Before);
        WeeklyFigure Row(string name, string unit, string format, Func<BusinessReport, double?> of, bool isKnown = true) =>
            new(name, unit, format, of(week), of(before), isKnown ? ChangeOf(of(week), of(before)) : "");
        bool Has(Func<BusinessReport, double> count) =>
            count(week) >= WeeklyReport.MinRatings && count(before) >= WeeklyReport.MinRatings;
        List<WeeklyFigure> rows =
        [
            Row("Answers", "", "F0", r => r.Answers),
            Row("First response, median", "ms", "F0", r => r.FirstResponse(0.5)),
            Row("First response, 95 %", "ms", "F0", r => r.FirstResponse(0.95)),
            Row("Resolved", "", "P0", r => r.ResolutionRate, Has(r => r.Rated.Judged)),
            Row("Satisfaction (1 to 5)", "", "F1", r => r.Satisfaction, Has(r => r.Rated.Ratings)),
            Row("Ratings", "", "F0", r => r.Rated.Ratings),
            Row("Refused", "", "P1", WeeklyReport.RefusedShare),
            Row("Stored answers", "", "P0", r => r.CacheShare),
            Row("Tokens an answer", "", "F0", r => r.TokensPerAnswer),
            Row("Energy an answer", "J", "F2", r => r.JoulesPerAnswer),
        ];
        if (prices is not null) rows.Add(Row("Cost an answer", prices.Currency, "G3", r => prices.PerAnswer(r, report.DeviceHours)));
        return rows;
    }

    private static string ChangeOf(double? week, double? before)
    {
        if (week is not { } now || before is not { } then || then == 0) return "";
        var change = (now - then) / Math.Abs(then);
        return Math.Abs(change) < Notable ? ""
            : string.Create(CultureInfo.InvariantCulture, $"{(change > 0 ? "up" : "down")} {Math.Abs(change):P0}");
    }

    private string Text(double? value) => value is { } v
        ? $"{v.ToString(Format, CultureInfo.InvariantCulture)}{(Unit.Length > 0 ? " " + Unit : "")}" : "-";
}
