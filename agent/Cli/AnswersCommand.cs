using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Answers;
using EdgeAgent.Thermal;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent answers ...</c>: what the device knows without its student.</summary>
public static class AnswersCommand
{
    public static Command Create(TimeProvider clock) => new("answers", "Curated and learned answers.") { Import(clock), Export(clock), Stats(clock), Purge(clock), Match(clock) };

    private static Option<string?> Store() => new("--store") { Description = "The answers' database; default: the one in the state directory." };

    private static AnswerStore Open(string? path, TimeProvider clock)
    {
        var store = AnswerStore.Open(path ?? AgentSettings.Load(null, new Dictionary<string, string?>()).AnswersPath, clock);
        if (store.SetAside is { } aside) Console.Error.WriteLine($"edge-agent: the database was damaged and is set aside as {aside}");
        return store;
    }

    private static Command Import(TimeProvider clock)
    {
        var file = new Argument<string>("FILE") { Description = "JSON lines {\"id\"?,\"questions\":[...],\"answer\",\"language\"?,\"tags\"?,\"valid_until\"?}." };
        var store = Store();
        var command = new Command("import", "Take curated answers over; those with a known id are replaced.") { file, store };
        command.SetAction(result => Guard.Run(() =>
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
        command.SetAction(result => Guard.Run(() =>
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
        var command = new Command("stats", "Count what is there.") { store, asJson };
        command.SetAction(result => Guard.Run(() =>
        {
            using var answers = Open(result.GetValue(store), clock);
            var all = answers.All();
            int curated = all.Count(e => e.Source == AnswerEntry.Curated), expired = all.Count(e => e.ValidUntil < clock.GetUtcNow()), questions = all.Sum(e => e.Questions.Count);
            if (result.GetValue(asJson)) Console.WriteLine(new JsonObject { ["answers"] = all.Count, ["curated"] = curated, ["learned"] = all.Count - curated, ["questions"] = questions, ["expired"] = expired }.ToJsonString());
            else Console.WriteLine($"{all.Count} answers ({curated} curated, {all.Count - curated} learned), {questions} questions, {expired} no longer valid");
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
        var command = new Command("purge", "Delete answers that fit all that is said.") { store, model, older, match };
        command.SetAction(result => Guard.Run(() =>
        {
            if (result.GetValue(model) is null && result.GetValue(older) is null && result.GetValue(match) is null) throw new UsageException("purge needs --model, --older or --match");
            using var answers = Open(result.GetValue(store), clock);
            Console.WriteLine($"{answers.Purge(result.GetValue(model), result.GetValue(older) is { } days ? clock.GetUtcNow().AddDays(-days) : null, result.GetValue(match)).ToString(CultureInfo.InvariantCulture)} answers deleted");
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Command Match(TimeProvider clock)
    {
        var lines = new Option<bool>("--jsonl") { Description = "One {\"text\"} a line in, one {\"hit\",\"source\",\"id\",\"question\",\"score\",\"reason\"} a line out." };
        var import = new Option<string?>("--import") { Description = "A file of answers, held in memory." };
        var store = Store();
        var level = new Option<Level>("--level") { Description = "The thermal level: likeness counts from L2 on.", DefaultValueFactory = _ => Level.L2 };
        var command = new Command("match", "What the cache would say.") { lines, import, store, level };
        command.SetAction(result => Guard.Run(() =>
        {
            if (!result.GetValue(lines)) throw new UsageException("answers match reads JSON lines: add --jsonl");
            IReadOnlyList<AnswerEntry> entries;
            if (result.GetValue(import) is { } file) entries = AnswerEntry.Load(file);
            else
            {
                using var answers = Open(result.GetValue(store), clock);
                entries = answers.All();
            }
            var book = new AnswerBook(entries, new LikenessOptions(), clock);
            var mayGuess = result.GetValue(level) >= Level.L2;
            JsonLines.Run(Console.In, Console.Out, (line, json) =>
            {
                if (!line.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.String) throw new InstrumentException("invalid_request", "text is missing or no string");
                var hit = book.Find(text.GetString()!, mayGuess);
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
