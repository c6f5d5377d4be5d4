using System.Globalization;
using EdgeAgent.Answers.Matching;

namespace EdgeAgent.Tests.Answers.Matching;

public sealed class SimilarityIndexTests
{
    /// <summary>
    /// The word that stands for a value carries a hash under the process's key: another key must give the same scores and reasons.
    /// </summary>
    [Theory]
    [InlineData("who do i ring at {0} when the spindle pump leaks", "who do i ring at {0} if the pump leaks again")]
    [InlineData("who do i ring at {0} when the spindle pump leaks", "who must ring {0} when the conveyor leaks")]
    [InlineData("who do i ring at the office", "who do i ring at {0} at the office")]
    public void Find_AnotherKey_GivesTheSameScoreAndReason(string phrasing, string question)
    {
        var results = Enumerable.Range(0, 40).Select(key =>
        {
            // hashes of few different digits share their pieces with themselves more often than others do
            var random = new Random(key);
            var hash = string.Concat(Enumerable.Range(0, 32).Select(_ => "0123456789abcdef"[random.Next(key % 2 == 0 ? 2 : 16)]));
            string Read(string text) => string.Format(CultureInfo.InvariantCulture, text, $"PHONE0{hash}");
            var features = new FeatureVocabulary();
            var entries = new[] { phrasing, "call {0} about the spindle", "which oil does the pump take" }
                .Select((p, i) => (Id: $"e{i}", Question: p, Text: QuestionText.Of(Read(p))))
                .Select(p => new IndexedEntry(p.Id, [(p.Question, new PhrasingText(p.Text, features.Add(p.Text.Tokens)))]));
            var index = new SimilarityIndex(entries, features, new SimilarityOptions());
            return index.Find(QuestionText.Of(Read(question)));
        }).Select(r => (r.Phrasing, r.Score, r.Reason)).Distinct().ToList();
        Assert.Single(results);
        Assert.True(results[0].Score > 0, results[0].Reason);
        Assert.DoesNotContain("PHONE0", results[0].Reason, StringComparison.OrdinalIgnoreCase);
    }
}
