using System.CommandLine;
using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent model import</c>: a checkpoint becomes a bundle.</summary>
internal static class ImportCommand
{
    private const string SampleQuestion = "What can you do?";
    private const int SampleTokens = 32;

    public static Command Create(TimeProvider clock)
    {
        var arguments = new ImportArguments();
        var command = arguments.Command();
        command.SetAction(result => CommandErrors.Run(() =>
        {
            arguments.Check(result);
            var quantizer = arguments.Quantizer(result);
            using var checkpoint = ModelImporter.Open(arguments.From(result));
            if (quantizer.RoundsAgain) WarnOfSecondQuantization(checkpoint, quantizer);
            Print(Import(checkpoint, arguments.To(result), quantizer, arguments.Options(result, clock)));
            Sample(arguments.To(result), clock);
            return ExitCodes.Success;
        }));
        return command;
    }

    private static IReadOnlyList<LinearReport> Import(ICheckpoint checkpoint, string directory, IQuantizer quantizer, ImportOptions options)
    {
        IReadOnlyList<LinearReport> reports = [];
        AnsiConsole.Progress().Start(progress =>
        {
            var task = progress.AddTask(quantizer.KeepsFloat32 ? "converting" : "quantizing",
                maxValue: LinearSource.All(checkpoint).Count());
            reports = ModelImporter.Import(checkpoint, directory, options, _ => task.Increment(1));
        });
        return reports;
    }

    private static void WarnOfSecondQuantization(ICheckpoint checkpoint, IQuantizer quantizer)
    {
        var linears = LinearSource.All(checkpoint).ToList();
        if (linears.Count(l => l.Grid == BlockGrid.FourBits) is var fourBits and > 0)
            Console.Error.WriteLine(
                $"warning: {fourBits} of {linears.Count} linears are in 4 bits already; '{quantizer.Name}' rounds them a second time " +
                $"(the relative errors below are those of the second rounding alone). --quant {Quantization.Keep} imports them unchanged.");
    }

    private static void Print(IReadOnlyList<LinearReport> reports)
    {
        var table = new Table().AddColumns("linear", "K", "N", "bits", "block", "error of weights", "error of outputs", "s");
        foreach (var r in reports)
            table.AddRow(r.Name, $"{r.K}", $"{r.N}", $"{r.Bits}", r.Block == 0 ? "" : $"{r.Block}",
                r.Block == 0 ? "float" : r.Kept ? "kept" : $"{r.RelativeError:F4}", r.OutputError is { } output ? $"{output:F4}" : "",
                $"{r.Seconds:F2}");
        AnsiConsole.Write(table);
    }

    private static void Sample(string directory, TimeProvider clock)
    {
        using var student = Student.Load(directory, new StudentOptions { Decoder = new DecoderOptions { Rows = 1 } }, clock,
            NullLogger.Instance);
        Console.WriteLine(
            $"{student.Manifest.Name}: {new FileInfo(Path.Combine(student.Directory, WeightNames.FileName)).Length / 1e6:F2} MB of " +
            $"weights, on {student.Provider.Got}");
        var (_, answer, _) = ModelInstruments.Generate(student,
            new GenerationRequest(student.Prompt([new ChatTurn("user", SampleQuestion)]).Ids,
                new SamplingOptions { MaxTokens = Math.Min(SampleTokens, student.Context / 2) }));
        Console.WriteLine($"sample question: {SampleQuestion}");
        Console.WriteLine($"sample answer: {answer.ReplaceLineEndings(" ")}");
    }
}
