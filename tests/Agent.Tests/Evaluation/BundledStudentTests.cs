using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Evaluation;
using EdgeAgent.Hosting;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Evaluation;

/// <summary>
/// The committed 4-bit student on questions it was never trained on. Every 8th question here, all of them in the full run.
/// </summary>
public sealed class BundledStudentTests
{
    private static string Provisioning => Path.Combine(SharedData.Repository, "provisioning");

    private static string Corpus(string file) => Path.Combine(Provisioning, "student", "corpus", file);

    [Theory]
    [InlineData("alarm", 0.97)]
    [InlineData("topic", 0.88)]
    [InlineData("unknown", 0.95)]
    [InlineData("off-topic", 0.97)]
    public async Task Student_HeldOutQuestions_ReachesTheShare(string kind, double share)
    {
        var stride = Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is null ? 8 : 1;
        var questions = Suite.Load(Path.Combine(Provisioning, "student", "suites", kind + ".jsonl"))
            .Where((_, i) => i % stride == 0 || kind is "off-topic").ToList();
        using var student = Student.Load(Path.Combine(Provisioning, "models", AgentSettings.BundledStudent),
            new StudentOptions
            {
                Decoder = new DecoderOptions { Rows = 8, Spinning = false },
                Engine = new EngineOptions { MaxWaiting = 10_000, MaxPerClient = 0 }
            }, TimeProvider.System, NullLogger.Instance);
        Assert.Equal(Quantization.RoundToNearest, student.Manifest.Quantization.Method);
        var answers = await Task.WhenAll(questions.Select(async q =>
        {
            var generation =
                student.Engine.Submit(new GenerationRequest(student.Prompt([new ChatTurn("user", q.Question)]).Ids,
                    new SamplingOptions { MaxTokens = 160 }));
            return string.Concat(await generation.Events.ReadAllAsync(TestContext.Current.CancellationToken).Select(e => e.Text)
                .ToListAsync(TestContext.Current.CancellationToken));
        }));
        foreach (var language in new[] { "en", "zh" })
        {
            var scored = questions.Select((q, i) => (Question: q, Right: KeyFacts.Holds(answers[i], q.Facts)))
                .Where(s => s.Question.Language == language).ToList();
            var right = scored.Count(s => s.Right);
            TestContext.Current.TestOutputHelper?.WriteLine($"{kind} {language}: {right} of {scored.Count}");
            Assert.True(right >= share * scored.Count, $"{kind} {language}: {right} of {scored.Count} right");
        }
    }

    [Fact]
    public void Bundle_Committed_IsAtMostEightMegabytes() =>
        Assert.InRange(new DirectoryInfo(Path.Combine(Provisioning, "models", AgentSettings.BundledStudent)).EnumerateFiles()
            .Sum(f => f.Length), 1, 8_000_000);

    /// <summary>At least 240 alarms (SP-14 among them), 40 procedures, 12 held-out phrasings a language that training never uses.</summary>
    [Fact]
    public void Corpus_CountsAndSplit_AreWhatWasPromised()
    {
        var alarms = File.ReadLines(Corpus("alarms.tsv")).Skip(1).Where(l => l.Length > 0).Select(l => l.Split('\t')).ToList();
        Assert.True(alarms.Count >= 240 && alarms.All(a => a.Length == 11 && a.All(f => f.Length > 0)));
        Assert.Equal(alarms.Count, alarms.Select(a => a[0]).Distinct().Count());
        Assert.Contains(alarms, a => a[0] == "SP-14");
        Assert.True(File.ReadLines(Corpus("topics.jsonl")).Count(l => l.Contains("\"kind\":\"how\"", StringComparison.Ordinal)) >= 40);

        using var phrasings = JsonDocument.Parse(File.ReadAllText(Corpus("phrasings.json")));
        foreach (var language in new[] { "en", "zh" })
        {
            var held = Strings(phrasings.RootElement.GetProperty("held_out").GetProperty(language));
            var trained = Strings(phrasings.RootElement.GetProperty("train").GetProperty(language));
            Assert.True(held.Count >= 12);
            Assert.Empty(held.Select(Bare).Intersect(trained.Select(Bare)));
        }
        using var wrappers = JsonDocument.Parse(File.ReadAllText(Corpus("wrappers.json")));
        using var offTopic = JsonDocument.Parse(File.ReadAllText(Corpus("offtopic.json")));
        foreach (var language in new[] { "en", "zh" })
        {
            foreach (var kind in new[] { "how", "what" })
                Assert.Empty(Strings(wrappers.RootElement.GetProperty("held_out").GetProperty(kind).GetProperty(language)).Select(Bare)
                    .Intersect(Strings(wrappers.RootElement.GetProperty("train").GetProperty(kind).GetProperty(language)).Select(Bare)));
            foreach (var part in new[] { "templates", "fillers" })
                Assert.Empty(Strings(offTopic.RootElement.GetProperty("held_out").GetProperty(language).GetProperty(part))
                    .Intersect(Strings(offTopic.RootElement.GetProperty("train").GetProperty(language).GetProperty(part))));
        }
    }

    private static List<string> Strings(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetString()!)];

    private static string Bare(string phrase) =>
        new([.. phrase.Where(c => char.IsLetterOrDigit(c) || c is '{' or '}').Select(char.ToLowerInvariant)]);
}
