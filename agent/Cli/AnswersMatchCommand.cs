using System.CommandLine;
using System.Text.Json;
using EdgeAgent.Answers;
using EdgeAgent.Answers.Matching;
using EdgeAgent.Hosting;
using EdgeAgent.Thermal;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent answers match</c>: shows which stored answer a question gets.</summary>
internal static class AnswersMatchCommand
{
    public static Command Create(TimeProvider clock)
    {
        var lines = new Option<bool>("--jsonl")
        {
            Description = "One {\"text\"} a line in, one {\"hit\",\"source\",\"id\",\"question\",\"score\",\"reason\"} a line out."
        };
        var import = new Option<string?>("--import") { Description = "File of answers to match against instead of the database." };
        var store = AnswersCommand.Store();
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
                using var answers = AnswersCommand.Open(result.GetValue(store), clock);
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
