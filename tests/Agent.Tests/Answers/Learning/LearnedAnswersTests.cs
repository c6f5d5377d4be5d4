using EdgeAgent.Answers;
using EdgeAgent.Answers.Learning;

namespace EdgeAgent.Tests.Answers.Learning;

public sealed class LearnedAnswersTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    private static AnswerEntry Entry(string id, string key, string model = "m") => new()
    {
        Id = id,
        Key = key,
        Answer = "answer",
        Source = AnswerEntry.Learned,
        Model = model,
        ValidUntil = Now.AddDays(1)
    };

    private static LearnedAnswers Answers(IEnumerable<AnswerEntry>? known = null, IEnumerable<string>? refused = null,
        long capacity = 10_000)
    {
        var answers = new LearnedAnswers(capacity, known ?? [], refused ?? []);
        answers.Serve("m");
        return answers;
    }

    private static void Learn(LearnedAnswers answers, AnswerEntry entry)
    {
        Assert.Equal("asked for the first time", answers.Add(entry, Now));
        Assert.Null(answers.Add(entry, Now));
    }

    [Fact]
    public void Find_AnswersOfOthers_AreDroppedWithTheDisksCopies()
    {
        var answers = Answers([Entry("a", "k1"), Entry("b", "k2", "old"), Entry("c", "k3")], refused: ["k3"]);
        Assert.NotNull(answers.Find("k1"));
        Assert.Null(answers.Find("k2"));
        Assert.Null(answers.Find("k3")); // rated bad, although its deletion never reached the disk
        Assert.Equal(["b", "c"], answers.TakeChanges().Deleted.Order(StringComparer.Ordinal));
    }

    /// <summary>What is not on disk was deleted by another process, unless it waits to be saved.</summary>
    [Fact]
    public void KeepOnly_WhatIsOnDisk_KeepsWhatWaitsToBeSaved()
    {
        var answers = Answers([Entry("a", "k1"), Entry("b", "k2")]);
        Learn(answers, Entry("new", "k3"));
        answers.KeepOnly(new HashSet<string> { "b" });
        Assert.Null(answers.Find("k1"));
        Assert.NotNull(answers.Find("k2"));
        Assert.NotNull(answers.Find("k3"));
    }

    /// <summary>An answer that is gone before it was saved must not come back by a write that waited or failed.</summary>
    [Fact]
    public void TakeChanges_DroppedBeforeItWasSaved_IsNotSaved()
    {
        var answers = Answers();
        Learn(answers, Entry("a", "k1"));
        Learn(answers, Entry("b", "k2"));
        var failed = answers.TakeChanges();
        Assert.Equal(2, failed.Saved.Count);
        Assert.True(answers.Refuse("a"));
        answers.ReturnChanges(failed);
        var changes = answers.TakeChanges();
        Assert.Equal(["b"], changes.Saved.Select(e => e.Id));
        Assert.Equal(["a"], changes.Deleted);
        Assert.Equal(["k1"], changes.Refused);
        Assert.True(answers.TakeChanges().IsEmpty);
    }

    [Fact]
    public void Add_MoreThanFits_DeletesWhatIsEvictedAndSavesTheRest()
    {
        var answers = Answers([Entry("old", "k0")], capacity: 3 * 212);
        for (var i = 1; i <= 3; i++) Learn(answers, Entry($"e{i}", $"k{i}"));
        var changes = answers.TakeChanges();
        Assert.Equal(["old"], changes.Deleted);
        Assert.Equal(3, changes.Saved.Count);
        Assert.Equal(3, answers.Count);
    }

    [Fact]
    public void Drop_Fitting_IsGoneAndItsQuestionMayBeLearnedAgain()
    {
        var answers = Answers();
        Learn(answers, Entry("a", "k1"));
        Assert.Equal(["a"], answers.Drop(e => e.Id == "a"));
        Assert.Null(answers.Find("k1"));
        Assert.Null(answers.Add(Entry("b", "k1"), Now));
        Assert.NotNull(answers.Find("k1"));
    }
}
