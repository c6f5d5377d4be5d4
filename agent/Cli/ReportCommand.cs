using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Hosting;
using EdgeAgent.Platform;
using EdgeAgent.Telemetry;
using EdgeAgent.Telemetry.Weekly;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent report --week</c>: what a plant manager reads of a device's week, or of several devices' together.</summary>
internal static class ReportCommand
{
    private const string BusinessName = "business.db";

    public static Command Create(TimeProvider clock)
    {
        var week = new Option<bool>("--week") { Description = "The last seven days, beside the seven before. The only period there is." };
        var state = new Option<string[]>("--state")
        {
            Description = "State directories, or copies of their business.db; several are added up. Default: this device's.",
            AllowMultipleArgumentsPerToken = true
        };
        var html = new Option<string?>("--html")
        {
            Description = "Write the report with plots to this file, one page that needs nothing else."
        };
        var prices = new Option<string?>("--prices")
        {
            Description = "File {\"currency\",\"per_kwh\",\"per_hour\"}: then the report says what an answer costs."
        };
        var asJson = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("report", "Report the week: response times, resolution, satisfaction, refusals, energy, what to do next.")
        { week, state, html, prices, asJson };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var paths = (result.GetValue(state) is { Length: > 0 } given ? given.Select(PathOf) : [Settings().BusinessPath]).ToList();
            var report = WeeklyReport.Of([.. paths.SelectMany(p => Hours(p, clock))], paths.Count, clock.GetUtcNow());
            var figures = WeeklyFigure.Of(report, result.GetValue(prices) is { } file ? Prices.Load(file) : null);
            var advice = WeeklyAdvice.Of(report);
            if (result.GetValue(html) is { } page)
                DurableFile.Write(Path.GetFullPath(page), stream => stream.Write(Encoding.UTF8.GetBytes(ReportPage.Html(report, figures,
                    advice))));
            if (result.GetValue(asJson)) Console.WriteLine(Json(report, figures, advice).ToJsonString());
            else Print(report, figures, advice);
            return ExitCodes.Success;
        }));
        return command;
    }

    private static AgentSettings Settings() => AgentSettings.Load(null, new Dictionary<string, string?>());

    private static string PathOf(string given)
    {
        var path = Directory.Exists(given) ? Path.Combine(given, BusinessName) : given;
        return File.Exists(path) ? path : throw new UsageException($"--state must be a state directory with {BusinessName}, or a copy of "
            + $"that file; found '{given}'");
    }

    private static IReadOnlyList<BusinessReport> Hours(string path, TimeProvider clock)
    {
        using var business = new BusinessView(File.Exists(path) ? path : null, clock);
        return business.Hours(2 * WeeklyReport.DaysAWeek * WeeklyReport.HoursADay);
    }

    private static void Print(WeeklyReport report, IReadOnlyList<WeeklyFigure> figures, IReadOnlyList<string> advice)
    {
        Console.WriteLine($"{"",-26}{"this week",14}{"week before",14}  change");
        foreach (var f in figures) Console.WriteLine($"{f.Name,-26}{f.Shown,14}{f.ShownBefore,14}  {f.Change}");
        PrintCounts("Answers by source", report.Week.Sources);
        PrintCounts("Answers by level", report.Week.Levels);
        PrintCounts("Refusals", report.Week.Refusals);
        PrintCounts("Alarms of drift", report.Week.Drifts);
        Console.WriteLine("What to do next:");
        foreach (var sentence in advice) Console.WriteLine($"  - {sentence}");
    }

    private static void PrintCounts(string title, IReadOnlyDictionary<string, double> counts) => Console.WriteLine($"{title}: "
        + (counts.Count == 0 ? "none"
            : string.Join(", ", counts.OrderByDescending(c => c.Value).Select(c => FormattableString.Invariant($"{c.Key} {c.Value:F0}")))));

    private static JsonObject Json(WeeklyReport report, IReadOnlyList<WeeklyFigure> figures, IReadOnlyList<string> advice) => new()
    {
        ["until"] = report.Until,
        ["devices"] = report.Devices,
        ["figures"] = new JsonArray([.. figures.Select(f => (JsonNode)new JsonObject
        {
            ["name"] = f.Name, ["unit"] = f.Unit, ["week"] = f.Week, ["before"] = f.Before, ["change"] = f.Change,
        })]),
        ["sources"] = Counts(report.Week.Sources),
        ["levels"] = Counts(report.Week.Levels),
        ["refusals"] = Counts(report.Week.Refusals),
        ["drift"] = Counts(report.Week.Drifts),
        ["next"] = new JsonArray([.. advice.Select(a => (JsonNode)a)]),
    };

    private static JsonObject Counts(IReadOnlyDictionary<string, double> counts) =>
        new(counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value)));
}
