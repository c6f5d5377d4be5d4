using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Evaluation;
using EdgeAgent.Hosting;

namespace EdgeAgent.Cli;

/// <summary>
/// <c>edge-agent eval</c>: a suite of questions through the whole engine, greedy, scored by key facts; or personal data found in
/// labelled texts; or perplexity.
/// </summary>
internal static class EvalCommand
{
    public static Command Create(TimeProvider clock)
    {
        var model = new Option<string?>("--model") { Description = "A bundle (default: the bundled student)." };
        var suite = new Option<string[]>("--suite")
        {
            Description = "gsm8k, mgsm-zh, humaneval, humaneval-chat, mtbench or robustness; or suite files (JSON lines); or the word "
                + "privacy, then files of labelled texts; or the word docs, then suites about documents.",
            AllowMultipleArgumentsPerToken = true
        };
        var library = new Option<string?>("--library") { Description = "A library of documents, for --suite docs." };
        var perplexity = new Option<string?>("--perplexity") { Description = "Measure perplexity on this text file instead of a suite." };
        var window = new Option<int>("--window")
        {
            Description = "Window of --perplexity, tokens. Windows do not overlap.",
            DefaultValueFactory = _ => 512
        };
        var accuracy = new Option<int>("--accuracy-level")
        {
            Description = "4: 8-bit activations in 4-bit linears; 1: float32.",
            DefaultValueFactory = _ => 4
        };
        var asJson = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("eval", "Measure a student on a suite.") { model, suite, library, perplexity, window, accuracy, asJson };
        var suites = new EvalSuiteArguments();
        suites.AddTo(command);
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var directory = result.GetValue(model) ?? new AgentSettings().ModelDirectory;
            if (result.GetValue(perplexity) is { } file)
                return MeasurePerplexity(directory, file, result.GetValue(window), result.GetValue(accuracy), result.GetValue(asJson),
                    clock);
            if (result.GetValue(suite) is not { Length: > 0 } files)
                throw new UsageException("eval needs --suite FILE or --perplexity FILE");
            if (files[0] == EvalDocs.SuiteName) return EvalDocs.Run(files.Skip(1), result.GetValue(library), result.GetValue(asJson));
            if (files[0] == EvalPrivacy.SuiteName) return EvalPrivacy.Run([.. files.Skip(1)], result.GetValue(asJson), clock);
            var choice = suites.Read(result);
            if (files[0] == EvalRobustness.SuiteName)
                return await EvalRobustness.RunAsync(choice.Data, directory, choice.Gate, result.GetValue(asJson), clock, cancellationToken)
                    .ConfigureAwait(false);
            return await EvalSuite.RunAsync(files, directory, choice, result.GetValue(asJson), clock, cancellationToken)
                .ConfigureAwait(false);
        }));
        return command;
    }

    private static int MeasurePerplexity(string directory, string file, int window, int accuracyLevel, bool asJson, TimeProvider clock)
    {
        if (window < 2) throw new UsageException($"--window must be 2 or more, found {window}");
        if (accuracyLevel is not (1 or 4)) throw new UsageException($"--accuracy-level must be 1 or 4, found {accuracyLevel}");
        using var bundle = Bundle.Open(directory);
        if (window > bundle.Manifest.Architecture.Context)
            throw new UsageException($"--window must fit the student's context of {bundle.Manifest.Architecture.Context}, found {window}");
        var start = clock.GetTimestamp();
        var p = Perplexity.MeasureFile(bundle, file, window, accuracyLevel, clock);
        if (asJson)
            Console.WriteLine(
                new JsonObject { ["tokens"] = p.Tokens, ["nll"] = p.NegativeLogLikelihood, ["perplexity"] = p.Value }.ToJsonString());
        else
            Console.WriteLine(
                $"{bundle.Manifest.Name} ({bundle.Manifest.Quantization.Method}): perplexity {p.Value:F4} over {p.Tokens} tokens, " +
                $"{p.Tokens / clock.GetElapsedTime(start).TotalSeconds:F0} tokens/s");
        return ExitCodes.Success;
    }
}
