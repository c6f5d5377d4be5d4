using EdgeAgent.Evaluation.Suites;

namespace EdgeAgent.Tests.Evaluation.Suites;

/// <summary>Sums in words: what a strict and a flexible match take, and the whole public files with their own answers.</summary>
public sealed class MathSuiteTests
{
    [Theory]
    [InlineData("She has 3 * 4 = 12 left.\n#### 12", "12", "12")]
    [InlineData("#### $1,080", "1080", "1080")]
    [InlineData("#### 5.", "5", "5")]
    [InlineData("#### -7.50", "-7.50", "-7.50")]
    [InlineData("The answer is 18 eggs.", null, "18")]
    [InlineData("#### none, so 3", null, "3")]
    [InlineData("####７２", "72", "72")]
    [InlineData("10-4 is 6", null, "6")]
    [InlineData("", null, null)]
    [InlineData("99999999999999999999999999999999999999", null, null)]
    public void Answer_IsReadStrictlyAndFlexibly(string answer, string? strict, string? flexible)
    {
        Assert.Equal(Number(strict), NumberAnswer.Strict(answer, "####"));
        Assert.Equal(Number(flexible), NumberAnswer.Flexible(answer));
    }

    [Theory]
    [InlineData("gsm8k")]
    [InlineData("mgsm-zh")]
    public async Task WholeFile_GoldAnswersScoreAllAndOthersNone(string name)
    {
        var suite = name == "gsm8k" ? MathSuite.Gsm8k(SharedData.Path("eval", "gsm8k_test.jsonl"))
            : MathSuite.MgsmChinese(SharedData.Path("eval", "mgsm_zh.tsv"));
        Assert.Equal(name == "gsm8k" ? 1319 : 250, suite.Items.Count);

        var gold = await ScoreAsync(suite, i => suite.Items[i].Gold);
        var other = await ScoreAsync(suite, i => Enumerable.Range(1, suite.Items.Count)
            .Select(k => suite.Items[(i + k) % suite.Items.Count]).First(o => o.Value != suite.Items[i].Value).Gold);

        Assert.Equal([("strict", 1.0), ("flexible", 1.0)], gold.Scores.Select(s => (s.Name, s.Value)));
        Assert.Equal([("strict", 0.0), ("flexible", 0.0)], other.Scores.Select(s => (s.Name, s.Value)));
    }

    [Fact]
    public void WorkedExamples_EndWithTheMarkAndAreRight()
    {
        foreach (var (language, mark) in new[] { ("en", "####"), ("zh", "答案是") })
        {
            var shots = WorkedExamples.Read(language);
            Assert.Equal(5, shots.Count);
            Assert.Equal([33m, 20, 3, 348, 240], shots.Select(s => NumberAnswer.Strict(s.Answer, mark)!.Value));
        }
    }

    [Fact]
    public async Task Items_WithoutAnswer_CountAsWrongAndAreSaid()
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder.File("s.jsonl"), """
            {"question":"one and one","answer":"2\n#### 2"}
            {"question":"two and two","answer":"4\n#### 4"}
            """, TestContext.Current.CancellationToken);
        var suite = MathSuite.Gsm8k(folder.File("s.jsonl"));
        Assert.Contains("Question: one and one\nAnswer:", suite.Tasks[0].Turns[0], StringComparison.Ordinal);
        Assert.Equal(5, suite.Tasks[0].Turns[0].Split("####").Length - 1);

        var result = await suite.ScoreAsync(new Dictionary<string, SuiteOutput>
        {
            [suite.Items[0].Id] = new(suite.Items[0].Id, ["so\n#### 2"], 3, null),
            [suite.Items[1].Id] = new(suite.Items[1].Id, [], 0, "the prompt exceeds the context"),
        }, TestContext.Current.CancellationToken);

        Assert.Equal(0.5, result.Scores[0].Value);
        Assert.Contains("1 of 2 items have no answer", Assert.Single(result.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"question\":\"x\",\"answer\":\"no number\"}")]
    [InlineData("{\"question\":\"x\"}")]
    [InlineData("nonsense")]
    public async Task File_ALineIsMalformed_NamesTheLine(string line)
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder.File("s.jsonl"), line, TestContext.Current.CancellationToken);
        Assert.Contains("line 1",
            Assert.Throws<EdgeAgent.Platform.ModelFileException>(() => MathSuite.Gsm8k(folder.File("s.jsonl"))).Message,
            StringComparison.Ordinal);
    }

    private static Task<SuiteResult> ScoreAsync(MathSuite suite, Func<int, string> answer) => suite.ScoreAsync(suite.Items
        .Select((item, i) => new SuiteOutput(item.Id, [answer(i)], 1, null)).ToDictionary(o => o.Id),
        TestContext.Current.CancellationToken);

    private static decimal? Number(string? text) =>
        text is null ? null : decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
