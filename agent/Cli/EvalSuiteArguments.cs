using System.CommandLine;
using EdgeAgent.Evaluation.Suites;
using EdgeAgent.Platform;

namespace EdgeAgent.Cli;

/// <summary>What a user chose about asking a suite.</summary>
/// <param name="Min">Lowest first score of the gate; null for the suite's own.</param>
/// <param name="Work">Folder of the kept outputs; null for the suite's own below the state directory, and none for suite files.</param>
internal sealed record EvalSuiteChoice(string? Data, int? Limit, bool Gate, double? Min, bool WriteGate, string? Work, bool Fresh, int Rows,
    SuiteChoices Suite);

/// <summary>Options of <c>edge-agent eval</c> for suites that a student answers.</summary>
internal sealed class EvalSuiteArguments
{
    private const int DefaultRows = 16, MaxRows = 256, MaxSamples = 100;

    private static readonly HttpClient Judges = new() { Timeout = TimeSpan.FromMinutes(5) };

    private readonly Option<string?> _data = new("--data") { Description = "Folder of the named suites' files. Default: data/eval." };
    private readonly Option<int?> _limit = new("--limit") { Description = "Ask the first N items only." };
    private readonly Option<bool> _gate = new("--gate") { Description = "Exit code 1 where the score is below the threshold." };
    private readonly Option<double?> _min = new("--min")
    {
        Description = "Threshold of --gate. Default: gsm8k 0.85, humaneval 0.6, mtbench 7.5; other suites have none."
    };
    private readonly Option<bool> _writeGate = new("--write-gate")
    {
        Description = "Write the gate's result into the bundle (gate.json), where updates read it. Sign the bundle afterwards."
    };
    private readonly Option<string?> _work = new("--work")
    {
        Description = "Folder that keeps the outputs; a run that was killed goes on there. Default for named suites: below the state "
            + "directory."
    };
    private readonly Option<bool> _fresh = new("--fresh") { Description = "Forget the kept outputs and ask again." };
    private readonly Option<int> _rows = new("--rows")
    {
        Description = "Items answered at a time.",
        DefaultValueFactory = _ => DefaultRows
    };
    private readonly Option<int> _samples = new("--samples")
    {
        Description = "Samples an item of humaneval, for pass@k; more than one are drawn at temperature 0.8.",
        DefaultValueFactory = _ => 1
    };
    private readonly Option<string?> _judge = new("--judge")
    {
        Description = "For mtbench: address of a judge that speaks the chat-completions protocol."
    };
    private readonly Option<string> _judgeModel = new("--judge-model")
    {
        Description = "The judge's model.",
        DefaultValueFactory = _ => "default"
    };
    private readonly Option<string?> _judgeKey = new("--judge-key-file") { Description = "File with the judge's key." };

    public EvalSuiteArguments()
    {
        OptionValues.Limit(_rows, $"1..{MaxRows}", n => n is >= 1 and <= MaxRows);
        OptionValues.Limit(_samples, $"1..{MaxSamples}", n => n is >= 1 and <= MaxSamples);
    }

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _data, _limit, _gate, _min, _writeGate, _work, _fresh, _rows, _samples, _judge, _judgeModel,
            _judgeKey }) command.Options.Add(option);
    }

    public EvalSuiteChoice Read(ParseResult result)
    {
        var limit = result.GetValue(_limit);
        if (limit is < 1) throw new UsageException($"--limit must be 1 or more, found {limit}");
        var isGate = result.GetValue(_gate) || result.GetValue(_writeGate);
        if (isGate && limit is not null) throw new UsageException("--gate needs the whole suite; leave --limit out");
        return new EvalSuiteChoice(result.GetValue(_data), limit, isGate, result.GetValue(_min), result.GetValue(_writeGate),
            result.GetValue(_work), result.GetValue(_fresh), result.GetValue(_rows),
            new SuiteChoices(result.GetValue(_samples), Judge(result)));
    }

    private JudgeClient? Judge(ParseResult result)
    {
        if (result.GetValue(_judge) is not { } address) return null;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
            throw new UsageException($"--judge must be an http or https address, found '{address}'");
        var key = result.GetValue(_judgeKey) is { } file ? TextFile.ReadAllText(file).Trim() : null;
        return new JudgeClient(Judges, endpoint, result.GetValue(_judgeModel)!, key);
    }
}
