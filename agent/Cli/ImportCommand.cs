using System.CommandLine;
using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Import.Checkpoints;
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
        var from =
            new Option<string>(
                "--from")
            {
                Description = "A GGUF file, a Hugging Face directory (Llama, Qwen2, Qwen3) or a llama2.c checkpoint (.bin).",
                Required = true
            };
        var to = new Option<string>("--out") { Description = "The bundle directory to write.", Required = true };
        var quant =
            new Option<string>(
                "--quant")
            {
                Description =
                    "rtn: 4-bit, round to nearest; gptq: 4-bit, calibrated; keep: the source's own 4-bit grid; none: float32.",
                DefaultValueFactory = _ => Quantization.RoundToNearest
            };
        quant.AcceptOnlyFromAmong(Quantization.RoundToNearest, Quantization.Gptq, Quantization.Keep, Quantization.None);
        var calibration =
            new Option<string?>(
                "--calibration")
            {
                Description =
                    "Text (or .jsonl with \"text\" or \"messages\") of the kind the student will see, for gptq."
            };
        var block = new Option<int>("--block")
        {
            Description = "Largest quantization block: 128 is fastest, 32 closest.",
            DefaultValueFactory = _ => QuantizedMatrix.MaxBlock
        };
        block.Validators.Add(v =>
        {
            if (v.GetValueOrDefault<int>() is not (32 or 64 or 128))
                v.AddError($"--block must be 32, 64 or 128, found {v.GetValueOrDefault<int>()}");
        });
        var name = new Option<string?>("--name") { Description = "The student's name; default: the source's." };
        var version = new Option<string>("--student-version")
        {
            Description = "The student's version.",
            DefaultValueFactory = _ => "0.1.0"
        };
        var release = new Option<long>("--release")
        {
            Description = "Release counter, grows with every published bundle.",
            DefaultValueFactory = _ => 1
        };
        var licence = new Option<string>("--licence") { Description = "Licence of the weights.", DefaultValueFactory = _ => "" };
        var command = new Command("import", "Turn a checkpoint into a bundle.") { from, to, quant, calibration, block, name, version,
            release, licence };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var method = result.GetValue(quant)!;
            if (method == Quantization.Gptq != result.GetValue(calibration) is not null)
                throw new UsageException(method == Quantization.Gptq
                    ? "--quant gptq needs --calibration FILE: text of the kind the student will see"
                    : $"--calibration is for --quant gptq, found --quant {method}");
            if (method == Quantization.Keep && result.GetResult(block) is { Implicit: false }
                && result.GetValue(block) != QuantizedMatrix.MinBlock)
                throw new UsageException(
                    $"--quant keep has the source's blocks of {QuantizedMatrix.MinBlock}, found --block {result.GetValue(block)}");
            using var checkpoint = ModelImporter.Open(result.GetRequiredValue(from));
            var options = new ImportOptions
            {
                Quantization = method,
                Block = result.GetValue(block),
                Name = result.GetValue(name),
                Version = result.GetValue(version)!,
                Release = result.GetValue(release),
                Licence = result.GetValue(licence)!,
                Clock = clock,
                Calibration = result.GetValue(calibration) is { } file ? c => CalibrationText.Open(c, file, clock) : null,
            };
            WarnOfSecondQuantization(checkpoint, method);
            Print(Run(checkpoint, result.GetRequiredValue(to), options));
            Sample(result.GetRequiredValue(to), clock);
            return ExitCodes.Success;
        }));
        return command;
    }

    private static IReadOnlyList<LinearReport> Run(ICheckpoint checkpoint, string directory, ImportOptions options)
    {
        IReadOnlyList<LinearReport> reports = [];
        AnsiConsole.Progress().Start(progress =>
        {
            var task = progress.AddTask(options.Quantization == Quantization.None ? "converting" : "quantizing",
                maxValue: WeightNames.Linears(checkpoint.Architecture).Count());
            reports = ModelImporter.Import(checkpoint, directory, options, _ => task.Increment(1));
        });
        return reports;
    }

    private static void WarnOfSecondQuantization(ICheckpoint checkpoint, string method)
    {
        if (method is Quantization.None or Quantization.Keep) return;
        var all = WeightNames.Linears(checkpoint.Architecture).Count();
        if (ModelImporter.FourBitLinears(checkpoint).Count() is var four and > 0)
            Console.Error.WriteLine(
                $"warning: {four} of {all} linears are in 4 bits already; '{method}' rounds them a second time (the relative errors " +
                $"below are those of the second rounding alone). --quant keep takes them over as they are.");
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
        Console.WriteLine($"asked \"{SampleQuestion}\" it says: {answer.ReplaceLineEndings(" ")}");
    }
}
