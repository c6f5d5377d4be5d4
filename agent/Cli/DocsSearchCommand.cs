using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Grounding;
using EdgeAgent.Knowledge.Storage;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent docs search</c>: which passages a question finds, and whether they would answer it.</summary>
internal static class DocsSearchCommand
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var text = new Argument<string?>("TEXT")
        {
            Description = "The question; with --jsonl the library's directory.",
            Arity = ArgumentArity.ZeroOrOne
        };
        var directory = DocsCommand.Directory();
        var lines = new Option<bool>("--jsonl")
        {
            Description = "One {\"text\"} a line in, one {\"passages\":[{\"document\",\"page\",\"section\",\"text\",\"score\"}],"
                + "\"reason\"} a line out."
        };
        var top = new Option<int>("--top") { Description = "Passages, 1..50.", DefaultValueFactory = _ => 5 };
        OptionValues.Limit(top, "1..50", n => n is >= 1 and <= 50);
        var asJson = DocsCommand.Json();
        var command = new Command("search", "Show which passages a question finds.") { text, directory, lines, top, asJson };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var (first, second, count) = (result.GetValue(text), result.GetValue(directory), result.GetValue(top));
            if (result.GetValue(lines))
            {
                if (first is not null && second is not null)
                    throw new UsageException("with --jsonl the questions come from standard input");
                var library = Load(first);
                JsonLines.Run(Console.In, Console.Out, (line, json) => Answer(library, line, count, json));
                return ExitCodes.Success;
            }
            if (first is null) throw new UsageException("docs search needs a question, or --jsonl");
            if (second is not null && new LibraryDirectory(first).Exists) (first, second) = (second, first);
            Print(Load(second).Find(first, count), result.GetValue(asJson));
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Library Load(string? directory)
    {
        var library = Library.Load(DocsCommand.PathOf(directory));
        foreach (var damaged in library.Damaged) CommandErrors.Say(damaged);
        return library;
    }

    private static void Answer(Library library, JsonElement line, int count, Utf8JsonWriter json)
    {
        if (!line.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.String)
            throw new InstrumentException("invalid_request", "text is missing or no string");
        var found = library.Find(text.GetString()!, count);
        json.WritePropertyName("passages");
        json.WriteStartArray();
        foreach (var passage in found) Node(passage).WriteTo(json, Relaxed);
        json.WriteEndArray();
        json.WriteString("reason", Evidence.Judge(found, new KnowledgeOptions()).Reason);
    }

    private static JsonObject Node(FoundPassage found) => new()
    {
        ["document"] = found.Document.Id,
        ["page"] = found.Passage.Page,
        ["section"] = found.Passage.Section,
        ["text"] = found.Passage.Text,
        ["score"] = Math.Round(found.Score, 4),
    };

    private static void Print(IReadOnlyList<FoundPassage> found, bool asJson)
    {
        if (asJson)
        {
            Console.WriteLine(new JsonArray([.. found.Select(Node)]).ToJsonString(Relaxed));
            return;
        }
        if (found.Count == 0) Console.WriteLine("no passage has a word of the question");
        foreach (var (number, f) in found.Index())
            Console.WriteLine($"[{number + 1}] {f.Document.Title}{(f.Passage.Page is { } p ? $", p. {p}" : "")}"
                + $"{(f.Passage.Section.Length > 0 ? $", {f.Passage.Section}" : "")} (score {f.Score:F1}, coverage {f.Coverage:F2})\n"
                + $"{f.Passage.Text}\n");
    }
}
