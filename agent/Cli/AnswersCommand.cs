using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Answers;
using EdgeAgent.Answers.Matching;
using EdgeAgent.Answers.Storage;
using EdgeAgent.Fleet;
using EdgeAgent.Hosting;
using EdgeAgent.Mqtt;
using EdgeAgent.Telemetry;
using EdgeAgent.Thermal;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent answers ...</c>: the stored answers.</summary>
internal static class AnswersCommand
{
    public static Command Create(TimeProvider clock) =>
        new("answers", "Curated and learned answers.") { Import(clock), Export(clock), Stats(clock), Purge(clock), Match(clock) };

    private static Option<string?> Store() =>
        new("--store") { Description = "Database of answers. Default: the one in the state directory." };

    /// <summary>The business figures' database, which lies beside the answers' folder.</summary>
    private static string Figures(string? store) =>
        store is null
            ? AgentSettings.Load(null, new Dictionary<string, string?>()).BusinessPath
            : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(store)) ?? "", "..", "business.db");

    private static string Percent(double? share) => share is { } s ? s.ToString("P0", CultureInfo.InvariantCulture) : "-";

    private static AnswerStore Open(string? path, TimeProvider clock)
    {
        var store = AnswerStore.Open(path ?? AgentSettings.Load(null, new Dictionary<string, string?>()).AnswersPath, clock);
        if (store.QuarantinedPath is { } quarantined)
            Console.Error.WriteLine($"edge-agent: the database was damaged; it was moved to {quarantined} and a new one begun");
        return store;
    }

    private static Command Import(TimeProvider clock)
    {
        var file = new Argument<string>("FILE")
        {
            Description = "JSON lines {\"id\"?,\"questions\":[...],\"answer\",\"language\"?,\"tags\"?,\"valid_until\"?}."
        };
        var store = Store();
        var command = new Command("import", "Import curated answers; an answer with a known id is replaced.") { file, store };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var entries = AnswerEntry.Load(result.GetRequiredValue(file));
            using var answers = Open(result.GetValue(store), clock);
            answers.Put(entries, clock.GetUtcNow());
            Console.WriteLine($"{entries.Count} answers, {entries.Sum(e => e.Questions.Count)} questions");
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Command Export(TimeProvider clock)
    {
        var store = Store();
        var command = new Command("export", "Print all stored answers as JSON lines.") { store };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            using var answers = Open(result.GetValue(store), clock);
            foreach (var entry in answers.All()) Console.WriteLine(JsonSerializer.Serialize(entry, AnswerJson.Default.AnswerEntry));
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Command Stats(TimeProvider clock)
    {
        var store = Store();
        var asJson = new Option<bool>("--json") { Description = "Print JSON." };
        var days = new Option<int>("--days") { Description = "Days of business figures, 1..30.", DefaultValueFactory = _ => 1 };
        days.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<int>() is < 1 or > 30)
                r.AddError($"--days must be 1..30, found {r.GetValueOrDefault<int>()}");
        });
        var command = new Command("stats",
            "Count the stored answers and show the device's business figures: first response times, cache share, refusals, ratings.")
        { store, asJson, days };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            using var answers = Open(result.GetValue(store), clock);
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

    private static Command Purge(TimeProvider clock)
    {
        var store = Store();
        var model = new Option<string?>("--model") { Description = "Answers learned from the model with this digest." };
        var older = new Option<double?>("--older") { Description = "Answers older than this many days, 0..36500." };
        var match = new Option<string?>("--match") { Description = "The answer's id, or text in the answer or in a question." };
        var broker = new Option<string?>("--broker")
        {
            Description =
                "Delete on every device of the site instead: mqtt://host[:port]. A device that is offline deletes when it returns."
        };
        var site = new Option<string>("--site") { Description = "Site in the topics.", DefaultValueFactory = _ => new MqttOptions().Site };
        var command = new Command("purge", "Delete the answers that match all given options.") { store, model, older, match, broker, site };
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var filter = Filter(result.GetValue(model), result.GetValue(older), result.GetValue(match), clock);
            if (result.GetValue(broker) is { } url)
            {
                var what = new JsonObject();
                if (result.GetValue(model) is { } m) what["model"] = m;
                if (result.GetValue(match) is { } text) what["match"] = text;
                if (result.GetValue(older) is { } age) what["older_days"] = age;
                var name = SiteOptions.CheckSite(result.GetRequiredValue(site));
                return PrintPurge(await SitePurge.RunAsync(BrokerAddress.Parse(url), name, what, clock,
                    cancellationToken).ConfigureAwait(false));
            }
            using var answers = Open(result.GetValue(store), clock);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answers.Purge(filter)} answers deleted"));
            return ExitCodes.Success;
        }));
        return command;
    }

    private static PurgeFilter Filter(string? model, double? olderDays, string? match, TimeProvider clock)
    {
        if (model is null && olderDays is null && match is null) throw new UsageException("purge needs --model, --older or --match");
        try
        {
            return PurgeFilter.Create(model, olderDays, match, clock.GetUtcNow());
        }
        catch (FormatException e)
        {
            throw new UsageException($"purge expects {e.Message}");
        }
    }

    private static int PrintPurge(IReadOnlyList<DevicePurge> devices)
    {
        foreach (var (device, answer) in devices)
            Console.WriteLine($"{device,-24} {answer ?? "is away: the command waits for it on the broker"}");
        var answered = devices.Count(d => d.Answer is not null);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answered} of {devices.Count} devices"));
        return answered > 0 && answered == devices.Count ? ExitCodes.Success : ExitCodes.Failure;
    }

    private static Command Match(TimeProvider clock)
    {
        var lines = new Option<bool>("--jsonl")
        {
            Description = "One {\"text\"} a line in, one {\"hit\",\"source\",\"id\",\"question\",\"score\",\"reason\"} a line out."
        };
        var import = new Option<string?>("--import") { Description = "File of answers to match against instead of the database." };
        var store = Store();
        var level = new Option<Level>("--level")
        {
            Description = "Thermal level; similar questions are matched from L2 on.",
            DefaultValueFactory = _ => Level.L2
        };
        var command = new Command("match", "Show which stored answer a question gets.") { lines, import, store, level };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            if (!result.GetValue(lines)) throw new UsageException("answers match reads JSON lines: add --jsonl");
            var settings = AgentSettings.Load(null, new Dictionary<string, string?>());
            IReadOnlyList<AnswerEntry> entries;
            Func<string, AnswerEntry?> learned = _ => null;
            if (result.GetValue(import) is { } file) entries = AnswerEntry.Load(file);
            else
            {
                using var answers = Open(result.GetValue(store), clock);
                entries = answers.All();
                var byKey = entries.Where(e => e.Key is not null).ToDictionary(e => e.Key!, StringComparer.Ordinal);
                learned = key => byKey.GetValueOrDefault(answers.KeyOf(key, settings.AnswerScope));
            }
            var desensitizer = Privacy.Desensitizer.Create(settings.Privacy);
            var curated = new CuratedAnswers(entries, new QuestionReader(desensitizer), settings.Answers.Similarity, clock);
            var allowSimilar = result.GetValue(level) >= Level.L2;
            JsonLines.Run(Console.In, Console.Out, (line, json) =>
            {
                if (!line.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.String)
                    throw new InstrumentException("invalid_request", "text is missing or no string");
                var hit = curated.Find(desensitizer.Scrub(text.GetString()!), allowSimilar, learned);
                json.WriteBoolean("hit", hit.IsHit);
                json.WriteString("source", hit.Entry?.Source);
                json.WriteString("id", hit.Entry?.Id);
                json.WriteString("question", hit.Question);
                json.WriteNumber("score", Math.Round(hit.Score, 4));
                json.WriteString("reason", hit.Reason);
            });
            return ExitCodes.Success;
        }));
        return command;
    }
}
