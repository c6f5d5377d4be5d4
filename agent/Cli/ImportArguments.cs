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
    private const int MinTokens = 512, MaxTokens = 1 << 20;

    private readonly Option<string> _from = new("--from")
    {
        Description = $"The checkpoint: {CheckpointFormats.Description}. Architectures: {string.Join(", ", Architecture.Types)}.",
        Required = true
    };

    private readonly Option<string> _to = new("--out") { Description = "The bundle directory to write.", Required = true };

    private readonly Option<string?> _method = new("--quant")
    {
        Description = $"{string.Join("; ", QuantizationMethods.All.Select(q => $"{q.Name}: {q.Description}"))}. "
            + $"Default: {Quantization.Keep} for a file that is in 4 bits already, {Quantization.Gptq} for others."
    };

    private readonly Option<string?> _calibration = new("--calibration")
    {
        Description = "Text that resembles the student's questions and answers (or .jsonl with \"text\" or \"messages\"), for "
            + $"{Names(q => q.NeedsCalibration)}. Default: text that the student writes itself."
    };

    private readonly Option<int> _tokens = new("--calibration-tokens")
    {
        Description = $"Tokens to calibrate on, {MinTokens} to {MaxTokens}. More take longer.",
        DefaultValueFactory = _ => CalibrationWindows.DefaultTokens
    };

    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "Seed of the text that the student writes itself.",
        DefaultValueFactory = _ => new SelfWrittenOptions().Seed
    };

    private readonly Option<int> _headBits = new("--head-bits")
    {
        Description = $"Bits of the head, and of the embedding where both are one table: 8 or 4, for {Names(q => q.HasHeadBits)}.",
        DefaultValueFactory = _ => Quantization.DefaultHeadBits
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
        OptionValues.Limit(_headBits, "8 or 4", n => n is 8 or 4);
        OptionValues.Limit(_tokens, $"{MinTokens} to {MaxTokens}", n => n is >= MinTokens and <= MaxTokens);
    }

    public Command Command() => new("import", "Turn a checkpoint into a bundle.")
    {
        _from, _to, _method, _calibration, _tokens, _seed, _block, _headBits, _name, _version, _release, _licence
    };

    public string From(ParseResult result) => result.GetRequiredValue(_from);

    public string To(ParseResult result) => result.GetRequiredValue(_to);

    /// <summary>The method that was asked for, or else the one for the checkpoint.</summary>
    public IQuantizer Quantizer(ParseResult result, ICheckpoint checkpoint) => result.GetValue(_method) is { } name
        ? QuantizationMethods.Named(name) : QuantizationMethods.Default(checkpoint, result.GetValue(_calibration) is not null);

    /// <exception cref="UsageException">Options that do not go together.</exception>
    public void Check(ParseResult result, IQuantizer quantizer)
    {
        Only(_calibration, q => q.NeedsCalibration);
        Only(_tokens, q => q.NeedsCalibration);
        Only(_seed, q => q.NeedsCalibration);
        Only(_headBits, q => q.HasHeadBits);
        if (result.GetValue(_calibration) is not null && Given(_seed))
            throw new UsageException("--seed is for the text that the student writes itself, found --calibration");
        if (quantizer.FixedBlock is { } block && Given(_block) && result.GetValue(_block) != block)
            throw new UsageException($"{Method()} has blocks of {block}, found --block {result.GetValue(_block)}");

        bool Given(Option option) => result.GetResult(option) is { Implicit: false };

        void Only(Option option, Func<IQuantizer, bool> which)
        {
            if (Given(option) && !which(quantizer))
                throw new UsageException($"{option.Name} is for --quant {Names(which)}, found {Method()}");
        }

        string Method() => $"--quant {quantizer.Name}" + (Given(_method) ? "" : " (the default for this checkpoint)");
    }

    /// <param name="writing">Called while the student writes its calibration text: tokens since the last call, and of the whole.</param>
    public ImportOptions Options(ParseResult result, IQuantizer quantizer, TimeProvider clock, Action<int, int> writing) => new()
    {
        Quantization = quantizer.Name,
        Block = result.GetValue(_block),
        HeadBits = result.GetValue(_headBits),
        Name = result.GetValue(_name),
        Version = result.GetRequiredValue(_version),
        Release = result.GetValue(_release),
        Licence = result.GetRequiredValue(_licence),
        Clock = clock,
        Calibration = result.GetValue(_calibration) is { } file
            ? (c, _) => CalibrationText.Open(c, file, clock, result.GetValue(_tokens))
            : (c, directory) => SelfWrittenText.Open(c, directory,
                new SelfWrittenOptions { Tokens = result.GetValue(_tokens), Seed = result.GetValue(_seed), Progress = writing }, clock),
    };

    private static string Names(Func<IQuantizer, bool> which) =>
        string.Join(" or ", QuantizationMethods.All.Where(which).Select(q => q.Name));
}
