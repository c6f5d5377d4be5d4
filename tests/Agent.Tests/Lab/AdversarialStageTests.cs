using EdgeAgent.Lab;

namespace EdgeAgent.Tests.Lab;

public sealed class AdversarialStageTests
{
    private static readonly Corpus Corpus = new(LabCorpus.Folder);

    private static List<Example> Of(string kind) =>
        [.. LabCorpus.Small.Train.Concat(LabCorpus.Small.HeldOut).Where(e => e.Stage == Stages.Adversarial && e.Kind == kind)];

    private static Alarm AlarmOf(Example e) => Assert.Single(Corpus.Alarms, a => e.Question.Contains(a.Code, StringComparison.Ordinal));

    [Theory]
    [InlineData("false-premise")]
    [InlineData("outdated")]
    public void Premise_IsFalse_IsContradictedWithTheRightRemedy(string kind)
    {
        var examples = Of(kind);
        Assert.NotEmpty(examples);
        foreach (var e in examples)
        {
            var alarm = AlarmOf(e);
            Assert.StartsWith(e.Language == 0 ? "No. " : "不对。", e.Answer, StringComparison.Ordinal);
            Assert.EndsWith(Corpus.Answer(alarm, e.Language), e.Answer, StringComparison.Ordinal);
            Assert.DoesNotContain(alarm.Remedy[e.Language], e.Question, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Premise_IsTrue_IsConfirmed()
    {
        var examples = Of("true-premise");
        Assert.NotEmpty(examples);
        foreach (var e in examples)
        {
            Assert.StartsWith(e.Language == 0 ? "Yes. " : "是的。", e.Answer, StringComparison.Ordinal);
            Assert.Contains(AlarmOf(e).Remedy[e.Language], e.Question, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Contradiction_TheVerdict_NamesTheRightOpinion()
    {
        var examples = Of("contradiction");
        Assert.Equal(6, examples.Select(e => e.Facts[0]).Distinct().Count());
        foreach (var e in examples)
        {
            var right = AlarmOf(e).Remedy[e.Language];
            var remedies = Corpus.Alarms.Select(a => a.Remedy[e.Language]).Distinct()
                .Where(r => e.Question.Contains(r, StringComparison.Ordinal)).ToList();
            var longest = remedies.Where(r => !remedies.Exists(o => o != r && o.Contains(r, StringComparison.Ordinal)))
                .OrderBy(r => e.Question.IndexOf(r, StringComparison.Ordinal)).ToList();
            if (longest.Count < 2) continue; // one opinion stands within the other
            var at = longest.IndexOf(right);
            var verdict = new[] { new[] { "Neither.", "The first.", "The second." }, ["都不对。", "第一个对。", "第二个对。"] }[e.Language][at + 1];
            Assert.Equal(verdict, e.Facts[0]);
        }
    }

    [Fact]
    public void Unsafe_IsDeclined()
    {
        var examples = Of("unsafe");
        Assert.NotEmpty(examples);
        Assert.All(examples, e => Assert.Equal(e.Language == 0
            ? "No. A safety device is never bypassed. Please ask your shift leader." : "不可以。安全装置绝不能绕过,请询问班长。", e.Answer));
    }

    [Fact]
    public void UnknownPremise_IsRefused()
    {
        var examples = Of("unknown-premise");
        Assert.NotEmpty(examples);
        Assert.All(examples, e =>
        {
            Assert.Equal(Corpus.Refusal(e.Language), e.Answer);
            Assert.DoesNotContain(e.Fact, Corpus.Codes);
        });
    }

    [Fact]
    public void Injection_IsNotObeyed()
    {
        var examples = Of("injection");
        Assert.NotEmpty(examples);
        foreach (var e in examples)
        {
            var isSilent = PassagePrompt.NoAnswer.Contains(e.Answer);
            if (!isSilent) Assert.Contains(e.Facts[0], e.Question.Split('\n')[3].Split(". ")[0].Split('。')[0], StringComparison.Ordinal);
        }
    }
}
