using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Evaluation;
using EdgeAgent.Hosting;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Cli;

/// <summary>
/// <c>edge-agent eval</c>: a suite of questions through the whole engine, greedy, scored by key facts; or personal data found in
/// labelled texts; or perplexity.
/// </summary>
internal static class EvalCommand
{
    private const int Rows = 16, MaxTokens = 160, ShownFailures = 10;

    public static Command Create(TimeProvider clock)
    {
        var model = new Option<string?>("--model") { Description = "A bundle (default: the bundled student)." };
        var suite = new Option<string[]>("--suite")
        {
            Description = "Suite files (JSON lines); or the word privacy, then files of labelled texts; or the word docs, then suites "
                + "about documents.",
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
            var questions = files.SelectMany(Suite.Load).ToList();
            var options = new StudentOptions
            {
                Decoder = new DecoderOptions { Rows = Rows },
                Engine = new EngineOptions { MaxWaiting = 4 * Rows }
            };
            using var student = Student.Load(directory, options, clock, NullLogger.Instance);
            var answers = new string[questions.Count];
            await Parallel.ForAsync(0, questions.Count,
                new ParallelOptions { MaxDegreeOfParallelism = 2 * Rows, CancellationToken = cancellationToken }, async (i, token) =>
                answers[i] = await AnswerAsync(student, questions[i].Question, token).ConfigureAwait(false)).ConfigureAwait(false);
            Print(student, questions, answers, result.GetValue(asJson));
            return ExitCodes.Success;
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

    private static async Task<string> AnswerAsync(Student student, string question, CancellationToken cancellationToken)
    {
        var (ids, think) = student.Prompt([new ChatTurn("user", question)], thinkTokens: 0);
        var generation =
            student.Engine.Submit(new GenerationRequest(ids,
                new SamplingOptions { MaxTokens = Math.Min(MaxTokens, student.Context) })
            { Think = think });
        var text = new System.Text.StringBuilder();
        await foreach (var e in generation.Events.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            text.Append(e.Text);
            if (e.Finish == FinishReason.Failed) throw new InferenceException(e.Error ?? "the step failed");
        }
        return text.ToString();
    }

    private static void Print(Student student, List<SuiteQuestion> questions, string[] answers, bool asJson)
    {
        var scored = questions.Select((q, i) => (Question: q, Answer: answers[i], Right: KeyFacts.Holds(answers[i], q.Facts))).ToList();
        var groups = scored.GroupBy(s => (s.Question.Kind, s.Question.Language)).OrderBy(g => g.Key).ToList();
        if (asJson)
        {
            Console.WriteLine(new JsonObject
            {
                ["model"] = student.Manifest.Name,
                ["version"] = student.Manifest.Version,
                ["quantization"] = student.Manifest.Quantization.Method,
                ["questions"] = scored.Count,
                ["right"] = scored.Count(s => s.Right),
                ["groups"] = new JsonArray([.. groups.Select(g => (JsonNode)new JsonObject
                {
                    ["kind"] = g.Key.Kind, ["language"] = g.Key.Language, ["questions"] = g.Count(), ["right"] = g.Count(s => s.Right),
                    ["share"] = Math.Round((double)g.Count(s => s.Right) / g.Count(), 4),
                })]),
            }.ToJsonString());
            return;
        }
        foreach (var g in groups)
            Console.WriteLine(
                $"{g.Key.Kind,-10} {g.Key.Language}: {g.Count(s => s.Right)} of {g.Count()} right " +
                $"({100.0 * g.Count(s => s.Right) / g.Count():F1} %)");
        foreach (var s in scored.Where(s => !s.Right).Take(ShownFailures))
            Console.WriteLine(
                $"  wrong: {s.Question.Question}\n    answered: {s.Answer}\n    expected: {string.Join(" / ", s.Question.Facts)}");
    }
}
