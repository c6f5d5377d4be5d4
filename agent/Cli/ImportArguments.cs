using System.CommandLine;
using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;

namespace EdgeAgent.Cli;

/// <summary>The options of <c>edge-agent model import</c>, their checks, and the import they ask for.</summary>
internal sealed class ImportArguments
{
    private readonly Option<string> _from = new("--from")
    {
        Description = $"The checkpoint: {CheckpointFormats.Description}. Architectures: {string.Join(", ", Architecture.Types)}.",
        Required = true
    };

    private readonly Option<string> _to = new("--out") { Description = "The bundle directory to write.", Required = true };

    private readonly Option<string> _method = new("--quant")
    {
        Description = $"{string.Join("; ", QuantizationMethods.All.Select(q => $"{q.Name}: {q.Description}"))}.",
        DefaultValueFactory = _ => Quantization.RoundToNearest
    };

    private readonly Option<string?> _calibration = new("--calibration")
    {
        Description = "Text that resembles the student's questions and answers (or .jsonl with \"text\" or \"messages\"), for "
            + $"{Names(q => q.NeedsCalibration)}."
    };

    private readonly Option<int> _block = new("--block")
    {
        Description = "Largest quantization block: 32, 64 or 128 inputs. 128 is fastest, 32 most accurate.",
        DefaultValueFactory = _ => QuantizedMatrix.MaxBlock
    };

    private readonly Option<string?> _name = new("--name") { Description = "The student's name (default: the checkpoint's)." };

    private readonly Option<string> _version = new("--student-version")
    {
        Description = "The student's version.",
        DefaultValueFactory = _ => "0.1.0"
    };

    private readonly Option<long> _release = new("--release")
    {
        Description = "Release counter: grows with every published bundle.",
        DefaultValueFactory = _ => 1
    };

    private readonly Option<string> _licence = new("--licence")
    {
        Description = "Licence of the weights.",
        DefaultValueFactory = _ => ""
    };

    public ImportArguments()
    {
        _method.AcceptOnlyFromAmong([.. QuantizationMethods.All.Select(q => q.Name)]);
        OptionValues.Limit(_block, "32, 64 or 128", n => n is 32 or 64 or 128);
    }

    public Command Command() => new("import", "Turn a checkpoint into a bundle.")
    {
        _from, _to, _method, _calibration, _block, _name, _version, _release, _licence
    };

    public string From(ParseResult result) => result.GetRequiredValue(_from);

    public string To(ParseResult result) => result.GetRequiredValue(_to);

    public IQuantizer Quantizer(ParseResult result) => QuantizationMethods.Named(result.GetRequiredValue(_method));

    /// <exception cref="UsageException">Options that do not go together.</exception>
    public void Check(ParseResult result)
    {
        var quantizer = Quantizer(result);
        if (quantizer.NeedsCalibration != result.GetValue(_calibration) is not null)
            throw new UsageException(quantizer.NeedsCalibration
                ? $"--quant {quantizer.Name} needs --calibration FILE: text that resembles the student's questions and answers"
                : $"--calibration is for --quant {Names(q => q.NeedsCalibration)}, found --quant {quantizer.Name}");
        if (quantizer.FixedBlock is { } block && result.GetResult(_block) is { Implicit: false } && result.GetValue(_block) != block)
            throw new UsageException($"--quant {quantizer.Name} has blocks of {block}, found --block {result.GetValue(_block)}");
    }

    public ImportOptions Options(ParseResult result, TimeProvider clock) => new()
    {
        Quantization = Quantizer(result).Name,
        Block = result.GetValue(_block),
        Name = result.GetValue(_name),
        Version = result.GetRequiredValue(_version),
        Release = result.GetValue(_release),
        Licence = result.GetRequiredValue(_licence),
        Clock = clock,
        Calibration = result.GetValue(_calibration) is { } file ? c => CalibrationText.Open(c, file, clock) : null,
    };

    private static string Names(Func<IQuantizer, bool> which) =>
        string.Join(" or ", QuantizationMethods.All.Where(which).Select(q => q.Name));
}
