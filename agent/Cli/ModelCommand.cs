using System.CommandLine;
using System.Text.Json;
using EdgeAgent.Inference;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Templates;
using EdgeAgent.Models;
using EdgeAgent.Models.Import;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent model ...</c></summary>
public static class ModelCommand
{
    private const string SampleQuestion = "What can you do?";
    private const int SampleTokens = 32;

    public static Command Create(TimeProvider clock)
    {
        var command = new Command("model", "Import, inspect and measure students.") { Import(clock), Inspect(), SigningCommands.Verify(clock), SigningCommands.Sign() };
        command.Add(Instrument(clock, "tokenize", "Text to token ids and back, and conversations through the chat template.", (student, _, line, json) => ModelInstruments.Tokenize(student, line, json)));
        command.Add(Instrument(clock, "logits", "Logits of the last position.", (student, decoder, line, json) => ModelInstruments.Logits(student, decoder.Value, line, json)));
        command.Add(Instrument(clock, "generate", "Answers through the whole engine.", (student, _, line, json) => ModelInstruments.Generate(student, line, json)));
        return command;
    }

    private static Command Import(TimeProvider clock)
    {
        var from = new Option<string>("--from") { Description = "A GGUF file, a Hugging Face directory (Llama, Qwen2, Qwen3) or a llama2.c checkpoint (.bin).", Required = true };
        var to = new Option<string>("--out") { Description = "The bundle directory to write.", Required = true };
        var quant = new Option<string>("--quant") { Description = "rtn: 4-bit, round to nearest; none: float32.", DefaultValueFactory = _ => Quantization.RoundToNearest };
        quant.AcceptOnlyFromAmong(Quantization.RoundToNearest, Quantization.None);
        var block = new Option<int>("--block") { Description = "Largest quantization block: 128 is fastest, 32 closest.", DefaultValueFactory = _ => Int4Matrix.LargestBlock };
        block.Validators.Add(v => { if (v.GetValueOrDefault<int>() is not (32 or 64 or 128)) v.AddError($"--block must be 32, 64 or 128, found {v.GetValueOrDefault<int>()}"); });
        var name = new Option<string?>("--name") { Description = "The student's name; default: the source's." };
        var version = new Option<string>("--student-version") { Description = "The student's version.", DefaultValueFactory = _ => "0.1.0" };
        var release = new Option<long>("--release") { Description = "Release counter, grows with every published bundle.", DefaultValueFactory = _ => 1 };
        var licence = new Option<string>("--licence") { Description = "Licence of the weights.", DefaultValueFactory = _ => "" };
        var command = new Command("import", "Turn a checkpoint into a bundle.") { from, to, quant, block, name, version, release, licence };
        command.SetAction(result => Guard.Run(() =>
        {
            using var checkpoint = ModelImporter.Open(result.GetRequiredValue(from));
            var reports = new List<LinearReport>();
            AnsiConsole.Progress().Start(progress =>
            {
                var task = progress.AddTask("quantizing", maxValue: WeightNames.Linears(checkpoint.Architecture).Count());
                ModelImporter.Import(checkpoint, result.GetRequiredValue(to), new ImportOptions
                {
                    Quantization = result.GetValue(quant)!,
                    Block = result.GetValue(block),
                    Name = result.GetValue(name),
                    Version = result.GetValue(version)!,
                    Release = result.GetValue(release),
                    Licence = result.GetValue(licence)!,
                }, report =>
                {
                    reports.Add(report);
                    task.Increment(1);
                });
            });
            var table = new Table().AddColumns("linear", "K", "N", "bits", "block", "relative error");
            foreach (var r in reports) table.AddRow(r.Name, $"{r.K}", $"{r.N}", r.Block == 0 ? "32" : $"{r.Bits}", r.Block == 0 ? "float" : $"{r.Block}", r.Block == 0 ? "" : $"{r.RelativeError:F4}");
            AnsiConsole.Write(table);
            using var student = Student.Load(result.GetRequiredValue(to), new StudentOptions { Decoder = new DecoderOptions { Rows = 1 } }, clock, NullLogger.Instance);
            Console.WriteLine($"{student.Manifest.Name}: {new FileInfo(Path.Combine(student.Directory, WeightNames.FileName)).Length / 1e6:F2} MB of weights, on {student.Provider.Got}");
            var (_, answer, _) = ModelInstruments.Generate(student, new GenerationRequest(student.Prompt([new ChatTurn("user", SampleQuestion)]).Ids, new SamplingOptions { MaxTokens = Math.Min(SampleTokens, student.Context / 2) }));
            Console.WriteLine($"asked \"{SampleQuestion}\" it says: {answer.ReplaceLineEndings(" ")}");
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Command Inspect()
    {
        var directory = new Argument<string>("DIR") { Description = "A bundle." };
        var asJson = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("inspect", "Show what a bundle holds.") { directory, asJson };
        command.SetAction(result => Guard.Run(() =>
        {
            using var bundle = Bundle.Open(result.GetRequiredValue(directory));
            var manifest = JsonSerializer.SerializeToNode(bundle.Manifest, ManifestJson.Default.StudentManifest)!;
            if (result.GetValue(asJson))
            {
                manifest["tensors"] = new System.Text.Json.Nodes.JsonArray([.. bundle.Weights.Entries.Values.OrderBy(e => e.Offset).Select(e => (System.Text.Json.Nodes.JsonNode)new System.Text.Json.Nodes.JsonObject
                {
                    ["name"] = e.Name, ["type"] = e.Type.ToString(), ["shape"] = new System.Text.Json.Nodes.JsonArray([.. e.Shape.Select(d => (System.Text.Json.Nodes.JsonNode)d)]), ["bytes"] = e.Length,
                })]);
                Console.WriteLine(manifest.ToJsonString());
                return ExitCodes.Success;
            }
            Console.WriteLine(manifest.ToString());
            var table = new Table().AddColumns("tensor", "type", "shape", "bytes");
            foreach (var e in bundle.Weights.Entries.Values.OrderBy(e => e.Offset)) table.AddRow(e.Name, $"{e.Type}", $"[[{string.Join(", ", e.Shape)}]]", $"{e.Length:N0}");
            AnsiConsole.Write(table);
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Command Instrument(TimeProvider clock, string name, string description, Action<Student, Lazy<OnnxDecoder>, JsonElement, Utf8JsonWriter> handle)
    {
        var model = new Option<string?>("--model") { Description = "A bundle; default: the bundled student." };
        var lines = new Option<bool>("--jsonl") { Description = "One JSON object a line in, one a line out." };
        var command = new Command(name, description) { model, lines };
        command.SetAction(result => Guard.Run(() =>
        {
            if (!result.GetValue(lines)) throw new UsageException($"model {name} reads JSON lines: add --jsonl");
            var directory = result.GetValue(model) ?? new AgentSettings().ModelDirectory;
            using var student = Student.Load(directory, new StudentOptions { Decoder = new DecoderOptions { Rows = 1 } }, clock, NullLogger.Instance);
            using var bundle = Bundle.Open(directory);
            // only logits asks a decoder of its own: the others do not pay for a second session
            var decoder = new Lazy<OnnxDecoder>(() => new OnnxDecoder(bundle, new DecoderOptions { Rows = 1 }));
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
