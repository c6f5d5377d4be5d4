using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Answers;
using EdgeAgent.Hosting;
using EdgeAgent.Telemetry;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent answers stats</c>: counts of stored answers, and the business figures.</summary>
internal static class AnswersStatsCommand
{
    public static Command Create(TimeProvider clock)
    {
        var store = AnswersCommand.Store();
        var asJson = new Option<bool>("--json") { Description = "Print JSON." };
        var days = new Option<int>("--days") { Description = "Days of business figures, 1..30.", DefaultValueFactory = _ => 1 };
        OptionValues.Limit(days, "1..30", n => n is >= 1 and <= 30);
        var command = new Command("stats",
            "Count the stored answers and show the device's business figures: first response times, cache share, refusals, ratings.")
        { store, asJson, days };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            using var answers = AnswersCommand.Open(result.GetValue(store), clock);
            var stored = Stored.Of(answers.All(), clock.GetUtcNow());
            if (answers.UnusableRows > 0)
                Console.Error.WriteLine($"edge-agent: {answers.UnusableRows} rows of the database hold no usable answer and are ignored");
            var figures = Figures(result.GetValue(store));
            using var business = new BusinessView(File.Exists(figures) ? figures : null, clock);
            var hours = 24 * result.GetValue(days);
            if (result.GetValue(asJson)) Console.WriteLine(Json(stored, business, hours).ToJsonString());
            else Print(stored, business, hours);
            return ExitCodes.Success;
        }));
        return command;
    }

    /// <summary>Counts of stored answers.</summary>
    private sealed record Stored(int Answers, int Curated, int Questions, int Expired)
    {
        public static Stored Of(IReadOnlyList<AnswerEntry> all, DateTimeOffset now) =>
            new(all.Count, all.Count(e => e.Source == AnswerEntry.Curated), all.Sum(e => e.Questions.Count),
                all.Count(e => e.ValidUntil < now));
    }

    private static JsonObject Json(Stored stored, BusinessView business, int hours) => new()
    {
        ["answers"] = stored.Answers,
        ["curated"] = stored.Curated,
        ["learned"] = stored.Answers - stored.Curated,
        ["questions"] = stored.Questions,
        ["expired"] = stored.Expired,
        ["business"] = BusinessJson.Of(business.Last(hours)),
        ["hours"] = new JsonArray([.. business.Hours(hours).Select(BusinessJson.Of)]),
    };

    private static void Print(Stored stored, BusinessView business, int hours)
    {
        Console.WriteLine(
            $"{stored.Answers} answers ({stored.Curated} curated, {stored.Answers - stored.Curated} learned), {stored.Questions} " +
            $"questions, {stored.Expired} no longer valid");
        var reports = business.Hours(hours);
        if (reports.Count == 0) return;
        Console.WriteLine("hour                answers  first p50/p95 ms    from store  refused  resolved  rating");
        foreach (var (name, hour) in reports
            .Select(r => (r.From.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), r))
            .Append(("all", business.Last(hours))))
            Console.WriteLine(
                $"{name,-18}  {hour.Answers,7}  {hour.FirstResponse(0.5),7} / {hour.FirstResponse(0.95),-7} " +
                $"{Percent(hour.CacheShare),12}  {hour.Refusals.Values.Sum(),7}  {Percent(hour.ResolutionRate),8}  " +
                $"{hour.Satisfaction?.ToString("F1", CultureInfo.InvariantCulture) ?? "-",6}");
    }

    /// <summary>The business figures' database, which lies beside the answers' folder.</summary>
    private static string Figures(string? store) =>
        store is null
            ? AgentSettings.Load(null, new Dictionary<string, string?>()).BusinessPath
            : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(store)) ?? "", "..", "business.db");

    private static string Percent(double? share) => share is { } s ? s.ToString("P0", CultureInfo.InvariantCulture) : "-";
}
