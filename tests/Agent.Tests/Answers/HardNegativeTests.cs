using System.Collections.Concurrent;
using EdgeAgent.Answers;
using EdgeAgent.Answers.Matching;
using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Answers;

public sealed class HardNegativeTests
{
    private static readonly Desensitizer Everything = Desensitizer.Create(new PrivacyOptions());
    private static readonly QuestionReader Reader = new(Everything);

    /// <summary>
    /// More than 2,000 pairs that differ in one thing that matters, in both languages, each alone in its book or among others,
    /// with one phrasing or many: none is served.
    /// </summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(6, true)]
    [InlineData(1, false)]
    [InlineData(6, false)]
    [InlineData(24, false)]
    public void Find_HardNegatives_NoneIsServed(int phrasings, bool alone)
    {
        var pairs = HardNegatives.All().ToList();
        var served = new ConcurrentBag<HardNegative>();
        Parallel.ForEach(alone ? pairs.Chunk(1) : pairs.GroupBy(p => p.Number).Select(g => g.ToArray()), together =>
        {
            var book =
                new CuratedAnswers(
                    together.Select((p, i) =>
                        new AnswerEntry { Id = $"e{i}", Questions = HardNegatives.Phrasings(p.Known, phrasings), Answer = "a" }), Reader,
                    new SimilarityOptions(), TimeProvider.System);
            foreach (var pair in together)
            {
                Assert.True(book.Find(Everything.Scrub(pair.Known), mayGuess: false).IsHit, pair.Known);
                if (book.Find(Everything.Scrub(pair.Asked), mayGuess: true).IsHit) served.Add(pair);
            }
        });
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{phrasings} phrasings, {(alone ? "alone" : "among others")}: {served.Count} of {pairs.Count} served");
        foreach (var group in served.GroupBy(s => s.Difference).OrderByDescending(g => g.Count()))
            TestContext.Current.TestOutputHelper?.WriteLine($"{group.Count()} {group.Key}: {group.First().Known} | {group.First().Asked}");
        Assert.Empty(served);
    }
}
