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
            arguments.Check(result);
            var quantizer = arguments.Quantizer(result);
            using var checkpoint = ModelImporter.Open(arguments.From(result));
            if (quantizer.RoundsAgain) WarnOfSecondQuantization(checkpoint, quantizer);
            var sample = "";
            var options = arguments.Options(result, clock) with
            {
                Check = bundle => sample = ImportCheck.Run(checkpoint.Source, bundle, clock),
            };
            Print(Import(checkpoint, arguments.To(result), quantizer, options));
            Console.WriteLine(sample);
            return ExitCodes.Success;
        }));
        return command;
    }

    private static ImportReport Import(ICheckpoint checkpoint, string directory, IQuantizer quantizer, ImportOptions options)
    {
        var report = new ImportReport([], []);
        AnsiConsole.Progress().Start(progress =>
        {
            var task = progress.AddTask(quantizer.KeepsFloat32 ? "converting" : "quantizing",
                maxValue: LinearSource.All(checkpoint).Count());
            report = ModelImporter.Import(checkpoint, directory, options, _ => task.Increment(1));
        });
        return report;
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
