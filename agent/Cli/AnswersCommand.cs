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

/// <summary><c>edge-agent answers ...</c>: what the device knows without its student.</summary>
internal static class AnswersCommand
{
    public static Command Create(TimeProvider clock) =>
        new("answers", "Curated and learned answers.") { Import(clock), Export(clock), Stats(clock), Purge(clock), Match(clock) };

    private static Option<string?> Store() =>
        new("--store") { Description = "The answers' database; default: the one in the state directory." };

    /// <summary>The business figures' database, which lies beside the answers' folder.</summary>
    private static string Figures(string? store) =>
        store is null
            ? AgentSettings.Load(null, new Dictionary<string, string?>()).BusinessPath
            : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(store)) ?? "", "..", "business.db");

    private static string Percent(double? share) => share is { } s ? s.ToString("P0", CultureInfo.InvariantCulture) : "-";

    private static AnswerStore Open(string? path, TimeProvider clock)
    {
        var store = AnswerStore.Open(path ?? AgentSettings.Load(null, new Dictionary<string, string?>()).AnswersPath, clock);
        if (store.QuarantinedPath is { } aside)
            Console.Error.WriteLine($"edge-agent: the database was damaged and is set aside as {aside}");
        return store;
    }

    private static Command Import(TimeProvider clock)
    {
        var file =
            new Argument<string>(
                "FILE")
            { Description = "JSON lines {\"id\"?,\"questions\":[...],\"answer\",\"language\"?,\"tags\"?,\"valid_until\"?}." };
        var store = Store();
        var command = new Command("import", "Take curated answers over; those with a known id are replaced.") { file, store };
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
        var command = new Command("export", "Print all answers as JSON lines.") { store };
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
            "What is there, and the business figures of the device: first response times, cache share, refusals, ratings.") { store, asJson,
                days };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            using var answers = Open(result.GetValue(store), clock);
            var all = answers.All();
            int curated = all.Count(e => e.Source == AnswerEntry.Curated), expired = all.Count(e => e.ValidUntil < clock.GetUtcNow()),
                questions = all.Sum(e => e.Questions.Count);
            using var business = new BusinessView(File.Exists(Figures(result.GetValue(store))) ? Figures(result.GetValue(store)) : null,
                clock);
            var hours = business.Hours(24 * result.GetValue(days));
            if (result.GetValue(asJson))
            {
                Console.WriteLine(new JsonObject
                {
                    ["answers"] = all.Count,
                    ["curated"] = curated,
                    ["learned"] = all.Count - curated,
                    ["questions"] = questions,
                    ["expired"] = expired,
                    ["business"] = BusinessJson.Of(business.Last(24 * result.GetValue(days))),
                    ["hours"] = new JsonArray([.. hours.Select(BusinessJson.Of)]),
                }.ToJsonString());
                return ExitCodes.Success;
            }
            Console.WriteLine(
                $"{all.Count} answers ({curated} curated, {all.Count - curated} learned), {questions} questions, {expired} no longer " +
                $"valid");
            if (hours.Count == 0) return ExitCodes.Success;
            Console.WriteLine("hour                answers  first p50/p95 ms  written down  refused  resolved  rating");
            foreach (var (name,
                hour) in hours.Select(h => (h.From.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), h))
                    .Append(("all", business.Last(24 * result.GetValue(days)))))
                Console.WriteLine(
                    $"{name,-18}  {hour.Answers,7}  {hour.FirstResponse(0.5),7} / {hour.FirstResponse(0.95),-7} " +
                    $"{Percent(hour.CacheShare),12}  {hour.Refusals.Values.Sum(),7}  {Percent(hour.ResolutionRate),8}  " +
                    $"{hour.Satisfaction?.ToString("F1", CultureInfo.InvariantCulture) ?? "-",6}");
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Command Purge(TimeProvider clock)
    {
        var store = Store();
        var model = new Option<string?>("--model") { Description = "Learned from the model with this digest." };
        var older = new Option<double?>("--older") { Description = "Older than this many days." };
        var match = new Option<string?>("--match") { Description = "An id, or text in the answer or a question." };
        var broker =
            new Option<string?>(
                "--broker")
            {
                Description =
                    "Delete on every device of the site instead: mqtt://host[:port]. Devices that are away do it when they come back."
            };
        var site = new Option<string>("--site") { Description = "Site in the topics.", DefaultValueFactory = _ => new MqttOptions().Site };
        var command = new Command("purge", "Delete answers that fit all that is said.") { store, model, older, match, broker, site };
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            if (result.GetValue(model) is null && result.GetValue(older) is null && result.GetValue(match) is null)
                throw new UsageException("purge needs --model, --older or --match");
            if (result.GetValue(broker) is { } url)
            {
                var what = new JsonObject();
                if (result.GetValue(model) is { } m) what["model"] = m;
                if (result.GetValue(match) is { } text) what["match"] = text;
                if (result.GetValue(older) is { } age) what["older_days"] = age;
                return await SitePurge.RunAsync(BrokerAddress.Parse(url), result.GetRequiredValue(site), what, clock,
                    cancellationToken).ConfigureAwait(false);
            }
            using var answers = Open(result.GetValue(store), clock);
            Console.WriteLine(
                $"{answers.Purge(result.GetValue(model), result.GetValue(older) is { } days ? clock.GetUtcNow().AddDays(-days) : null, result.GetValue(match)).ToString(CultureInfo.InvariantCulture)} answers deleted");
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Command Match(TimeProvider clock)
    {
        var lines =
            new Option<bool>(
                "--jsonl")
            {
                Description =
                    "One {\"text\"} a line in, one {\"hit\",\"source\",\"id\",\"question\",\"score\",\"reason\"} a line out."
            };
        var import = new Option<string?>("--import") { Description = "A file of answers, held in memory." };
        var store = Store();
        var level = new Option<Level>("--level")
        {
            Description = "The thermal level: likeness counts from L2 on.",
            DefaultValueFactory = _ => Level.L2
        };
        var command = new Command("match", "What the cache would say.") { lines, import, store, level };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            if (!result.GetValue(lines)) throw new UsageException("answers match reads JSON lines: add --jsonl");
            IReadOnlyList<AnswerEntry> entries;
            Func<string, AnswerEntry?> learned = _ => null;
            if (result.GetValue(import) is { } file) entries = AnswerEntry.Load(file);
            else
            {
                using var answers = Open(result.GetValue(store), clock);
                entries = answers.All();
                var byKey = entries.Where(e => e.Key is not null).ToDictionary(e => e.Key!, StringComparer.Ordinal);
                var scope = AgentSettings.Load(null, new Dictionary<string, string?>()).AnswerScope;
                learned = key => byKey.GetValueOrDefault(answers.KeyOf(key, scope));
            }
            var desensitizer = Privacy.Desensitizer.Create(AgentSettings.Load(null, new Dictionary<string, string?>()).Privacy);
            var book = new CuratedAnswers(entries, new QuestionReader(desensitizer), new SimilarityOptions(), clock);
            var mayGuess = result.GetValue(level) >= Level.L2;
            JsonLines.Run(Console.In, Console.Out, (line, json) =>
            {
                if (!line.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.String)
                    throw new InstrumentException("invalid_request", "text is missing or no string");
                var hit = book.Find(desensitizer.Scrub(text.GetString()!), mayGuess, learned);
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
