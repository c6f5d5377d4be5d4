using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Evaluation;
using EdgeAgent.Hosting;
using EdgeAgent.Inference;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using EdgeAgent.Updates;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent model ...</c></summary>
internal static class ModelCommand
{
    public static Command Create(TimeProvider clock)
    {
        var command = new Command("model", "Import, inspect and measure students.") { ImportCommand.Create(clock), Inspect(), Lint(clock),
            SigningCommands.Verify(clock), SigningCommands.Sign(), InstallCommand.Create(clock), Probe(clock) };
        command.Add(Instrument(clock, "tokenize", "Text to token ids and back, and conversations through the chat template.",
            (student, _, line, json) => ModelInstruments.Tokenize(student, line, json)));
        command.Add(Instrument(clock, "logits", "Logits of the last position.",
            (student, decoder, line, json) => ModelInstruments.Logits(student, decoder.Value.Decoder, line, json)));
        command.Add(Instrument(clock, "generate", "Answers through the whole engine.",
            (student, _, line, json) => ModelInstruments.Generate(student, line, json)));
        return command;
    }

    private static Command Inspect()
    {
        var directory = new Argument<string>("DIR") { Description = "A bundle, or a foreign ONNX decoder." };
        var asJson = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("inspect", "Show what a bundle holds.") { directory, asJson };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var path = result.GetRequiredValue(directory);
            if (LoadedModel.IsForeignDirectory(path))
            {
                Console.WriteLine(LoadedModel.Describe(path).ToJsonString());
                return ExitCodes.Success;
            }
            using var bundle = Bundle.Open(path);
            var manifest = JsonSerializer.SerializeToNode(bundle.Manifest, ManifestJson.Default.StudentManifest)!;
            if (result.GetValue(asJson))
            {
                manifest["tensors"] =
                    new JsonArray([.. bundle.Weights.Entries.Values.OrderBy(e => e.Offset).Select(e => (JsonNode)new JsonObject
                {
                    ["name"] = e.Name, ["type"] = e.Type.ToString(), ["shape"] = new JsonArray([.. e.Shape.Select(d => (JsonNode)d)]),
                    ["bytes"] = e.Length,
                })]);
                Console.WriteLine(manifest.ToJsonString());
                return ExitCodes.Success;
            }
            Console.WriteLine(manifest.ToString());
            var table = new Table().AddColumns("tensor", "type", "shape", "bytes");
            foreach (var e in bundle.Weights.Entries.Values.OrderBy(e => e.Offset))
                table.AddRow(e.Name, $"{e.Type}", $"[[{string.Join(", ", e.Shape)}]]", $"{e.Length:N0}");
            AnsiConsole.Write(table);
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Command Lint(TimeProvider clock)
    {
        var directory = new Argument<string>("DIR") { Description = "A bundle." };
        var asJson = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("lint",
            "Check a bundle against TensorRT's rules and what devices will ask of it; exit code 1 when something must be mended.") { directory, asJson };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            using var bundle = Bundle.Open(result.GetRequiredValue(directory));
            var findings = BundleLint.Check(bundle).ToList();
            try
            {
                var text = StudentText.Load(bundle.Directory, bundle.Manifest.Architecture.Vocabulary, foreign: false, clock);
                text.Template.Render([new ChatTurn("user", "?")], addGenerationPrompt: true, StudentText.Variables(bundle.Directory));
            }
            catch (Exception e) when (e is ModelFileException or TemplateException)
            {
                findings.Add(new LintFinding("text", true, Bundle.ChatTemplateFileName,
                    "a tokenizer and a template that renders a question", e.Message));
            }
            var errors = findings.Count(f => f.IsError);
            if (result.GetValue(asJson))
                Console.WriteLine(new JsonObject
                {
                    ["errors"] = errors,
                    ["warnings"] = findings.Count - errors,
                    ["findings"] =
                        new JsonArray(
                            [
                                .. findings.Select(f =>
                                    (JsonNode)new JsonObject { ["rule"] = f.Rule, ["error"] = f.IsError, ["subject"] = f.Subject,
                                        ["expected"] = f.Expected, ["found"] = f.Found })]),
                }.ToJsonString());
            else
            {
                foreach (var same in findings.GroupBy(f => (f.Rule, f.IsError, f.Expected, f.Found)))
                    Console.WriteLine(
                        $"{(same.Key.IsError ? "error" : "warning")} {same.Key.Rule}: " +
                        $"{same.First().Subject}{(same.Count() > 1 ? $" and {same.Count() - 1} more" : "")}: expected " +
                        $"{same.Key.Expected}; found {same.Key.Found}");
                Console.WriteLine($"{errors} errors, {findings.Count - errors} warnings");
            }
            return errors > 0 ? ExitCodes.Failure : ExitCodes.Success;
        }));
        return command;
    }

    /// <summary>What the quality gate of updates runs in a child process.</summary>
    private static Command Probe(TimeProvider clock)
    {
        var directory = new Argument<string>("DIR") { Description = "A bundle." };
        var golden = new Option<string?>("--golden") { Description = "Golden prompts; default: the bundle's own." };
        var command = new Command("probe", "Load a bundle, ask its golden prompts and measure; prints JSON.") { directory, golden };
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var options = new StudentOptions { Decoder = new DecoderOptions { Rows = 1 } };
            var report =
                await BundleProbe.RunAsync(result.GetRequiredValue(directory), result.GetValue(golden), options, clock, NullLogger.Instance,
                    cancellationToken).ConfigureAwait(false);
            Console.WriteLine(JsonSerializer.Serialize(report, UpdateJson.Default.ProbeReport));
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Command Instrument(TimeProvider clock, string name, string description,
        Action<Student, Lazy<LoadedModel>, JsonElement, Utf8JsonWriter> handle)
    {
        var model = new Option<string?>("--model") { Description = "A bundle; default: the bundled student." };
        var lines = new Option<bool>("--jsonl") { Description = "One JSON object a line in, one a line out." };
        var command = new Command(name, description) { model, lines };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            if (!result.GetValue(lines)) throw new UsageException($"model {name} reads JSON lines: add --jsonl");
            var directory = result.GetValue(model) ?? new AgentSettings().ModelDirectory;
            using var student = Student.Load(directory, new StudentOptions { Decoder = new DecoderOptions { Rows = 1 } }, clock,
                NullLogger.Instance);
            // only logits asks a decoder of its own: the others do not pay for a second session
            var decoder = new Lazy<LoadedModel>(() => LoadedModel.Open(directory, new DecoderOptions { Rows = 1 }));
            try
            {
                JsonLines.Run(Console.In, Console.Out, (line, json) => handle(student, decoder, line, json));
            }
            finally
            {
                if (decoder.IsValueCreated) decoder.Value.Dispose();
            }
            return ExitCodes.Success;
        }));
        return command;
    }
}
