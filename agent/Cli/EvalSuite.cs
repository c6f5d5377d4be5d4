using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Evaluation;
using EdgeAgent.Evaluation.Suites;
using EdgeAgent.Hosting;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent eval --suite NAME|FILE</c>: a suite through the whole engine, resumable, with confidence intervals.</summary>
internal static class EvalSuite
{
    private const int WaitingPerRow = 4, ParallelPerRow = 2, ShownFailures = 10, ProgressStep = 25;

    /// <summary>Where named suites' files are looked for.</summary>
    private const string DefaultData = "data/eval";

    public static async Task<int> RunAsync(IReadOnlyList<string> names, string model, EvalSuiteChoice choice, bool asJson,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        var suite = await LoadAsync(names, choice, clock, cancellationToken).ConfigureAwait(false);
        var threshold = choice.Min ?? suite.Threshold;
        if (choice.Gate && threshold is null)
            throw new UsageException($"--gate needs --min for {suite.Name}, which has no threshold of its own");
        var options = new StudentOptions
        {
            Decoder = new DecoderOptions { Rows = choice.Rows },
            Engine = new EngineOptions { MaxWaiting = WaitingPerRow * choice.Rows }
        };
        using var student = Student.Load(model, options, clock, NullLogger.Instance);
        using var work = Open(suite, student, choice);
        if (work.Work.Kept > 0)
            Console.Error.WriteLine($"{work.Work.Kept} outputs kept in {work.Work.Folder} are used; --fresh asks again");
        var asker = new StudentAsker(student);
        await SuiteRunner.RunAsync(suite.Tasks, work.Work, asker.AskAsync, ParallelPerRow * choice.Rows,
            suite is FactsSuite ? null : Progress, cancellationToken).ConfigureAwait(false);
        var outputs = work.Work.Outputs;
        var result = await suite.ScoreAsync(outputs, cancellationToken).ConfigureAwait(false);
        var refusal = choice.Gate ? SuiteGate.Refuse(suite.Name, result, threshold!.Value) : null;
        if (suite is FactsSuite facts) PrintFacts(student.Manifest, facts, outputs, asJson);
        else Print(student.Manifest, suite, result, threshold, work.Work.Folder, asJson);
        if (choice.WriteGate) BundleGate.Add(model, BundleGate.Of(student.Manifest, suite.Name, result, threshold!.Value));
        if (refusal is null) return ExitCodes.Success;
        CommandErrors.Say(refusal);
        return ExitCodes.Failure;
    }

    private static async Task<ISuite> LoadAsync(IReadOnlyList<string> names, EvalSuiteChoice choice, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (!names.Any(SuiteCatalog.Has))
            return new FactsSuite(string.Join('+', names.Select(n => Path.GetFileNameWithoutExtension(n))),
                [.. names.SelectMany(Suite.Load).Take(choice.Limit ?? int.MaxValue)]);
        if (names.Count > 1) throw new UsageException("one named suite at a time; found " + string.Join(", ", names));
        return await SuiteCatalog.LoadAsync(names[0], choice.Data ?? DefaultData, choice.Limit, choice.Suite, clock, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>A work folder; a temporary one goes when it is closed.</summary>
    private sealed record Opened(SuiteWork Work, bool IsTemporary) : IDisposable
    {
        public void Dispose()
        {
            Work.Dispose();
            if (IsTemporary) Directory.Delete(Work.Folder, recursive: true);
        }
    }

    private static Opened Open(ISuite suite, Student student, EvalSuiteChoice choice)
    {
        var isTemporary = choice.Work is null && suite is FactsSuite;
        var folder = choice.Work ?? (isTemporary ? Directory.CreateTempSubdirectory("edge-agent-eval-").FullName
            : Path.Combine(AgentSettings.DefaultState(), "eval", $"{suite.Name}-{student.Manifest.Name}-{student.Digest}"));
        if (choice.Fresh)
            foreach (var file in new[] { SuiteWork.OutputsName, SuiteWork.RecipeName }) File.Delete(Path.Combine(folder, file));
        return new Opened(SuiteWork.Open(folder, new JsonObject
        {
            ["suite"] = suite.Name,
            ["student"] = student.Manifest.Name,
            ["version"] = student.Manifest.Version,
            ["digest"] = student.Digest,
            ["recipe"] = suite.Recipe,
        }), isTemporary);
    }

    private static void Progress(int done, int all)
    {
        if (done % ProgressStep == 0 || done == all) Console.Error.WriteLine($"{done} of {all}");
    }

    private static void Print(StudentManifest manifest, ISuite suite, SuiteResult result, double? threshold, string folder, bool asJson)
    {
        if (asJson)
        {
            Console.WriteLine(new JsonObject
            {
                ["suite"] = suite.Name,
                ["model"] = manifest.Name,
                ["version"] = manifest.Version,
                ["items"] = suite.Tasks.Count,
                ["scores"] = new JsonArray([.. result.Scores.Select(BundleGate.Node)]),
                ["threshold"] = threshold,
                ["notes"] = new JsonArray([.. result.Notes.Select(n => (JsonNode)n)]),
                ["outputs"] = folder,
            }.ToJsonString());
            return;
        }
        Console.WriteLine($"{suite.Name}: {manifest.Name} {manifest.Version}, {suite.Tasks.Count} answers, 95 % intervals");
        foreach (var s in result.Scores)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {s.Name,-10} {s.Value:F4} [{s.Low:F4}, {s.High:F4}] of {s.Of}"));
        if (threshold is { } t) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  threshold  {t}"));
        foreach (var note in result.Notes) Console.WriteLine($"  {note}");
        Console.WriteLine($"  outputs and recipe: {folder}");
    }

    private static void PrintFacts(StudentManifest manifest, FactsSuite suite, IReadOnlyDictionary<string, SuiteOutput> outputs,
        bool asJson)
    {
        var scored = suite.Questions
            .Select((q, i) => (Question: q, Answer: outputs.GetValueOrDefault(FactsSuite.Id(i))?.Last ?? "",
                Right: suite.IsRight(i, outputs)))
            .ToList();
        var groups = scored.GroupBy(s => (s.Question.Kind, s.Question.Language)).OrderBy(g => g.Key)
            .Select(g => (g.Key, Share: new Share(g.Count(s => s.Right), g.Count()))).ToList();
        if (asJson)
        {
            Console.WriteLine(new JsonObject
            {
                ["model"] = manifest.Name,
                ["version"] = manifest.Version,
                ["quantization"] = manifest.Quantization.Method,
                ["questions"] = scored.Count,
                ["right"] = scored.Count(s => s.Right),
                ["groups"] = new JsonArray([.. groups.Select(g => (JsonNode)new JsonObject
                {
                    ["kind"] = g.Key.Kind, ["language"] = g.Key.Language, ["questions"] = g.Share.Of, ["right"] = g.Share.Hits,
                    ["share"] = Math.Round(g.Share.Value, 4), ["low"] = Math.Round(g.Share.Low, 4), ["high"] = Math.Round(g.Share.High, 4),
                })]),
            }.ToJsonString());
            return;
        }
        foreach (var (key, share) in groups)
            Console.WriteLine($"{key.Kind,-10} {key.Language}: {share.Hits} of {share.Of} right ({100 * share.Value:F1} %, "
                + $"{100 * share.Low:F1}..{100 * share.High:F1} %)");
        foreach (var s in scored.Where(s => !s.Right).Take(ShownFailures))
            Console.WriteLine(
                $"  wrong: {s.Question.Question}\n    answered: {s.Answer}\n    expected: {string.Join(" / ", s.Question.Facts)}");
    }
}
