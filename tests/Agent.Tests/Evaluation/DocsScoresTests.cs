using EdgeAgent.Evaluation;
using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Reading;
using EdgeAgent.Knowledge.Storage;
using EdgeAgent.Platform;
using EdgeAgent.Tests.Knowledge;

namespace EdgeAgent.Tests.Evaluation;

public sealed class DocsScoresTests
{
    private static DocsQuestion Question(string text, string? document, int? page = null, params string[] facts) =>
        new(text, "topic", "en", document, page, null, facts);

    [Fact]
    public void Measure_RightAndWrongQuestions_AreCountedApart()
    {
        var scores = DocsScores.Measure(Libraries.Plant,
        [
            Question("torque of the tool turret bolts", "lathe.pdf", 47, "25 Nm"),
            Question("torque of the tool turret bolts", "lathe.pdf", 99, "25 Nm"), // another page than the right one
            Question("torque of the tool turret bolts", "lathe.pdf", 47, "35 Nm"), // a fact that does not stand there
            Question("What does alarm SP-99 mean?", null),
            Question("torque of the tool turret bolts", null), // answered, although it should not
            Question("press accumulator of the blender", "lathe.pdf", 47), // refused, although it should not
        ], new KnowledgeOptions());
        Assert.Equal((2, 4), (scores.RecallAt1.Hits, scores.RecallAt1.Of));
        Assert.Equal((2, 4), (scores.RecallAt5.Hits, scores.RecallAt5.Of));
        Assert.Equal((2, 3), (scores.CitationPrecision.Hits, scores.CitationPrecision.Of));
        Assert.Equal((2, 3), (scores.AnswersRight.Hits, scores.AnswersRight.Of));
        Assert.Equal((1, 2), (scores.UnanswerableRefused.Hits, scores.UnanswerableRefused.Of));
        Assert.Equal((1, 4), (scores.AnswerableRefused.Hits, scores.AnswerableRefused.Of));
        Assert.Equal(6, scores.Wrong.Count); // the one of the other page is not found there and cited beside it
    }

    /// <summary>Wilson's interval of 8 of 10, as in Brown, Cai and DasGupta (2001): 0.49 to 0.94.</summary>
    [Fact]
    public void Share_Interval_IsWilsons()
    {
        var share = new Share(8, 10);
        Assert.Equal((0.490, 0.943), (Math.Round(share.Low, 3), Math.Round(share.High, 3)));
        Assert.Equal("-", new Share(0, 0).ToString());
    }

    /// <summary>The reference cell's manuals and their suite: the floor that a change must not fall below.</summary>
    [Fact]
    public void ReferenceSuite_BothLanguages_KeepsItsFloors()
    {
        using var root = new TemporaryDirectory();
        var manuals = Path.Combine(SharedData.Repository, "provisioning", "manuals");
        var directory = new LibraryDirectory(root.Path);
        foreach (var file in Directory.GetFiles(Path.Combine(manuals, "cell")))
            directory.Add(Path.GetFileName(file), File.ReadAllBytes(file), DocumentReaders.Read(file), DateTimeOffset.UnixEpoch);
        var library = Library.Load(root.Path);
        var questions = DocsSuite.Load(Path.Combine(manuals, "suite.jsonl"));
        Assert.True(questions.Count > 100, $"{questions.Count}");
        foreach (var language in questions.GroupBy(q => q.Language))
        {
            var scores = DocsScores.Measure(library, [.. language], new KnowledgeOptions());
            var report = $"{language.Key}: {scores}\n{string.Join('\n', scores.Wrong.Select(w => $"{w.Question.Question}: {w.What}"))}";
            Assert.True(scores.RecallAt1.Value >= 0.85 && scores.RecallAt5.Value >= 0.95, report);
            Assert.True(scores.AnswersRight.Value >= 0.9 && scores.UnanswerableRefused.Value >= 0.95, report);
            Assert.True(scores.AnswerableRefused.Value <= 0.1, report);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"question\":\"a\",\"kind\":\"b\"}")]
    [InlineData("{\"question\":1,\"kind\":\"b\",\"language\":\"en\"}")]
    public void Load_MalformedSuite_NamesTheLine(string line)
    {
        using var root = new TemporaryDirectory();
        File.WriteAllText(root.File("s.jsonl"), line);
        Assert.Throws<ModelFileException>(() => DocsSuite.Load(root.File("s.jsonl")));
    }
}
