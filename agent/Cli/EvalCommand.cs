using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeAgent.Evaluation;
using EdgeAgent.Inference;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Templates;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent eval</c>: a suite of questions through the whole engine, greedy, scored by key facts.</summary>
public static class EvalCommand
{
    private const int Rows = 16, MaxTokens = 160, ShownFailures = 10;

    public static Command Create(TimeProvider clock)
    {
        var model = new Option<string?>("--model") { Description = "A bundle; default: the bundled student." };
        var suite = new Option<string[]>("--suite") { Description = "Suite files (JSON lines).", Required = true, AllowMultipleArgumentsPerToken = true };
        var asJson = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("eval", "Measure a student on a suite.") { model, suite, asJson };
        command.SetAction((result, cancellationToken) => Guard.RunAsync(async () =>
        {
            var questions = result.GetRequiredValue(suite).SelectMany(Suite.Load).ToList();
            var options = new StudentOptions { Decoder = new DecoderOptions { Rows = Rows }, Engine = new EngineOptions { MaxWaiting = 4 * Rows } };
            using var student = Student.Load(result.GetValue(model) ?? new AgentSettings().ModelDirectory, options, clock, NullLogger.Instance);
            var answers = new string[questions.Count];
            await Parallel.ForAsync(0, questions.Count, new ParallelOptions { MaxDegreeOfParallelism = 2 * Rows, CancellationToken = cancellationToken }, async (i, token) =>
                answers[i] = await AnswerAsync(student, questions[i].Question, token).ConfigureAwait(false)).ConfigureAwait(false);
            Print(student, questions, answers, result.GetValue(asJson));
            return ExitCodes.Success;
        }));
        return command;
    }

    private static async Task<string> AnswerAsync(Student student, string question, CancellationToken cancellationToken)
    {
        var (_, ids) = student.Prompt([new ChatTurn("user", question)]);
        var generation = student.Engine.Submit(new GenerationRequest(ids, new SamplingOptions { MaxTokens = Math.Min(MaxTokens, student.Context) }));
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
                    ["kind"] = g.Key.Kind, ["language"] = g.Key.Language, ["questions"] = g.Count(), ["right"] = g.Count(s => s.Right), ["share"] = Math.Round((double)g.Count(s => s.Right) / g.Count(), 4),
                })]),
            }.ToJsonString());
            return;
        }
        foreach (var g in groups) Console.WriteLine($"{g.Key.Kind,-10} {g.Key.Language}: {g.Count(s => s.Right)} of {g.Count()} right ({100.0 * g.Count(s => s.Right) / g.Count():F1} %)");
        foreach (var s in scored.Where(s => !s.Right).Take(ShownFailures)) Console.WriteLine($"  wrong: {s.Question.Question}\n    answered: {s.Answer}\n    expected: {string.Join(" / ", s.Question.Facts)}");
    }
}
