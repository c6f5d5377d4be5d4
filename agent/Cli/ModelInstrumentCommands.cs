using System.CommandLine;
using System.Text.Json;
using EdgeAgent.Hosting;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent model tokenize|logits|generate --jsonl</c>: the verbs of <see cref="ModelInstruments"/>.</summary>
internal static class ModelInstrumentCommands
{
    private static readonly DecoderOptions OneRow = new() { Rows = 1 };

    public static Command Tokenize(TimeProvider clock) =>
        Create("tokenize", "Text to token ids and back, and conversations through the chat template.", directory =>
        {
            using var student = Load(directory, clock);
            Run((line, json) => ModelInstruments.Tokenize(student, line, json));
        });

    public static Command Logits(TimeProvider clock) => Create("logits", "Logits of the last position.", directory =>
    {
        using var student = Load(directory, clock);
        using var model = OpenModel.Open(directory);
        // the engine's thread owns the student's decoder: logits are read from a second one
        using var decoder = DecoderFactory.Default.Choose(model, ExecutionProviders.DefaultPreference, null).Form.Create(model, OneRow);
        Run((line, json) => ModelInstruments.Logits(student, decoder, line, json));
    });

    public static Command Generate(TimeProvider clock) => Create("generate", "Answers through the whole engine.", directory =>
    {
        using var student = Load(directory, clock);
        Run((line, json) => ModelInstruments.Generate(student, line, json));
    });

    private static Command Create(string name, string description, Action<string> run)
    {
        var model = new Option<string?>("--model") { Description = "A bundle; default: the bundled student." };
        var lines = new Option<bool>("--jsonl") { Description = "Read one JSON object a line, and write one for each." };
        var command = new Command(name, description) { model, lines };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            if (!result.GetValue(lines)) throw new UsageException($"model {name} reads JSON lines: add --jsonl");
            run(result.GetValue(model) ?? new AgentSettings().ModelDirectory);
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Student Load(string directory, TimeProvider clock) =>
        Student.Load(directory, new StudentOptions { Decoder = OneRow }, clock, NullLogger.Instance);

    private static void Run(Action<JsonElement, Utf8JsonWriter> handle) => JsonLines.Run(Console.In, Console.Out, handle);
}
