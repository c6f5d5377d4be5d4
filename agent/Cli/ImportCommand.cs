using System.CommandLine;
using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent model import</c>: a checkpoint becomes a bundle.</summary>
internal static class ImportCommand
{
    public static Command Create(TimeProvider clock)
    {
        var arguments = new ImportArguments();
        var command = arguments.Command();
        command.SetAction(result => CommandErrors.Run(() =>
        {
            using var checkpoint = ModelImporter.Open(arguments.From(result));
            var quantizer = arguments.Quantizer(result, checkpoint);
            arguments.Check(result, quantizer);
            if (quantizer.RoundsAgain) WarnOfSecondQuantization(checkpoint, quantizer);
            var sample = "";
            var report = Import(checkpoint, quantizer, arguments.To(result), writing => arguments.Options(result, quantizer, clock, writing)
                with
            {
                Check = bundle => sample = ImportCheck.Run(checkpoint.Source, bundle, clock)
            });
            Print(report);
            Console.WriteLine(sample);
            AnsiConsole.Write(new Text(QuantizationSummary.Of(report) + "\n"));
            return ExitCodes.Success;
        }));
        return command;
    }

    /// <param name="options">The options for a callback that takes the tokens the student has written, and those of the whole.</param>
    private static ImportReport Import(ICheckpoint checkpoint, IQuantizer quantizer, string directory,
        Func<Action<int, int>, ImportOptions> options)
    {
        ImportReport? report = null;
        LiveConsole.Create().Progress().Start(progress =>
        {
            ProgressTask? writing = null;
            var task = progress.AddTask(quantizer.KeepsFloat32 ? "converting" : "quantizing",
                maxValue: LinearSource.All(checkpoint).Count());
            report = ModelImporter.Import(checkpoint, directory,
                options((tokens, total) => (writing ??= progress.AddTask("writing text", maxValue: total)).Increment(tokens)),
                _ => task.Increment(1));
        });
        return report!;
    }

    private static void WarnOfSecondQuantization(ICheckpoint checkpoint, IQuantizer quantizer)
    {
        var linears = LinearSource.All(checkpoint).ToList();
        if (linears.Count(l => l.Grid == BlockGrid.FourBits) is var fourBits and > 0)
            Console.Error.WriteLine(
                $"warning: {fourBits} of {linears.Count} linears are in 4 bits already; '{quantizer.Name}' rounds them a second time " +
                $"(the relative errors below are those of the second rounding alone). --quant {Quantization.Keep} imports them unchanged.");
    }

    /// <summary>Readable at 80 columns: names of at most 24 characters, and no borders.</summary>
    private static void Print(ImportReport report)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("linear", "inputs x outputs", "bits", "block", "error", "outputs", "s");
        foreach (var r in report.Linears)
            table.AddRow(r.Name, $"{r.K} x {r.N}", $"{r.Bits}", r.Block == 0 ? "" : $"{r.Block}",
                r.Block == 0 ? "float" : r.Kept ? "kept" : $"{r.RelativeError:F4}", r.OutputError is { } output ? $"{output:F4}" : "",
                $"{r.Seconds:F1}");
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine("error: relative, of the weights; outputs: relative, over the calibration text");
        foreach (var note in report.Notes) AnsiConsole.Write(new Text($"note: {note}\n"));
    }
}
