using System.Globalization;
using System.Net;
using System.Text;
using EdgeAgent.Telemetry.Weekly;

namespace EdgeAgent.Cli;

/// <summary>The weekly report as one page of HTML that needs nothing else: no script, no font, no picture from elsewhere.</summary>
internal static class ReportPage
{
    private const string Style = """
        body{font:16px/1.45 sans-serif;max-width:1320px;margin:2em auto;padding:0 1em;color:#222}
        table{border-collapse:collapse;margin:1em 0}td,th{padding:.3em .9em;border-bottom:1px solid #ccc;text-align:right}
        td:first-child,th:first-child{text-align:left}.plots{display:flex;flex-wrap:wrap;gap:1em}.none{color:#666}
        """;

    public static string Html(WeeklyReport report, IReadOnlyList<WeeklyFigure> figures, IReadOnlyList<string> advice)
    {
        var page = new StringBuilder();
        var period = string.Create(CultureInfo.InvariantCulture,
            $"{report.Until.AddDays(-WeeklyReport.DaysAWeek):yyyy-MM-dd HH:mm} to {report.Until:yyyy-MM-dd HH:mm} UTC, {report.Devices} "
                + $"device{(report.Devices == 1 ? "" : "s")}");
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Weekly report</title><style>").Append(Style)
            .Append("</style></head><body><h1>Weekly report</h1><p>").Append(WebUtility.HtmlEncode(period))
            .Append("</p><h2>What to do next</h2><ul>");
        foreach (var sentence in advice) page.Append("<li>").Append(WebUtility.HtmlEncode(sentence)).Append("</li>");
        page.Append("</ul><h2>Figures</h2><table><tr><th></th><th>this week</th><th>week before</th><th>change</th></tr>");
        foreach (var f in figures) Row(page, f.Name, f.Shown, f.ShownBefore, f.Change);
        page.Append("</table><div class=\"plots\">");
        foreach (var svg in new[] { ReportPlots.Sources(report), ReportPlots.FirstResponses(report), ReportPlots.Ratings(report) })
            page.Append("<div>").Append(svg[svg.IndexOf("<svg", StringComparison.Ordinal)..]).Append("</div>");
        page.Append("</div>");
        Table(page, "Answers by source", report.Week.Sources, report.Before.Sources);
        Table(page, "Answers by thermal level", report.Week.Levels, report.Before.Levels);
        Table(page, "Refusals by reason", report.Week.Refusals, report.Before.Refusals);
        Table(page, "Alarms of drift", report.Week.Drifts, report.Before.Drifts);
        return page.Append("</body></html>\n").ToString();
    }

    private static void Table(StringBuilder page, string title, IReadOnlyDictionary<string, double> week,
        IReadOnlyDictionary<string, double> before)
    {
        page.Append("<h2>").Append(title).Append("</h2>");
        var names = week.Keys.Union(before.Keys).Order(StringComparer.Ordinal).ToList();
        if (names.Count == 0)
        {
            page.Append("<p class=\"none\">none</p>");
            return;
        }
        page.Append("<table><tr><th></th><th>this week</th><th>week before</th></tr>");
        foreach (var name in names)
            Row(page, name, week.GetValueOrDefault(name).ToString("F0", CultureInfo.InvariantCulture),
                before.GetValueOrDefault(name).ToString("F0", CultureInfo.InvariantCulture));
        page.Append("</table>");
    }

    private static void Row(StringBuilder page, params ReadOnlySpan<string> cells)
    {
        page.Append("<tr>");
        foreach (var cell in cells) page.Append("<td>").Append(WebUtility.HtmlEncode(cell)).Append("</td>");
        page.Append("</tr>");
    }
}
