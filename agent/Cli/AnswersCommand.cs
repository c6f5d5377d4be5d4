using System.CommandLine;
using System.Text.Json;
using EdgeAgent.Answers;
using EdgeAgent.Answers.Review;
using EdgeAgent.Answers.Storage;
using EdgeAgent.Hosting;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent answers ...</c>: the stored answers.</summary>
internal static class AnswersCommand
{
    public static Command Create(TimeProvider clock) =>
        new("answers", "Curated and learned answers.") { Import(clock), Export(clock), AnswersStatsCommand.Create(clock),
            AnswersPurgeCommand.Create(clock), AnswersMatchCommand.Create(clock) };

    /// <summary>The option --store of each verb.</summary>
    internal static Option<string?> Store() =>
        new("--store") { Description = "Database of answers. Default: the one in the state directory." };

    /// <summary>Opens the database and reports a damaged one.</summary>
    internal static AnswerStore Open(string? path, TimeProvider clock)
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
        var feedback = new Option<bool>("--feedback")
        {
            Description = "Print what reviewers decided instead, as training data {\"question\",\"answer\",\"label\"}."
        };
        var command = new Command("export", "Print all stored answers as JSON lines.") { store, feedback };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            if (result.GetValue(feedback))
            {
                using var queue = ReviewCommand.OpenQueue(result.GetValue(store), clock);
                foreach (var example in queue.All(isOpen: false).Select(FeedbackExample.Of).OfType<FeedbackExample>())
                    Console.WriteLine(example.ToLine());
                return ExitCodes.Success;
            }
            using var answers = Open(result.GetValue(store), clock);
            foreach (var entry in answers.All()) Console.WriteLine(JsonSerializer.Serialize(entry, AnswerJson.Default.AnswerEntry));
            return ExitCodes.Success;
        }));
        return command;
    }
}
