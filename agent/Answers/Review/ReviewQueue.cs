using EdgeAgent.Answers.Learning;
using EdgeAgent.Answers.Storage;
using EdgeAgent.Privacy;

namespace EdgeAgent.Answers.Review;

/// <summary>
/// Proposes answers for review: each that was rated badly, and each learned one that enough different users rated well on enough days.
/// It decides nothing: only a reviewer makes a curated answer of one. What is proposed is desensitized; a question or answer with a long
/// number or an at sign, which no recognizer knows and which may identify somebody, is never proposed. Safe for concurrent use.
/// </summary>
internal sealed class ReviewQueue(ReviewStore store, AnswerOptions options, TimeProvider clock) : IDisposable
{
    /// <summary>Rating from which on an answer was rated well.</summary>
    public const int GoodRating = 4;

    private readonly RecentReplies _recent = new();
    private readonly Lock _lock = new();

    public void Remember(string answerId, Scrubbed question, string answer, string? learnedId, string client) =>
        _recent.Add(answerId, new RecentReply(question, answer, learnedId, client));

    /// <summary>Takes a rating, 1..5; of a reply that is no longer remembered it takes nothing.</summary>
    /// <returns>Whether the answer was proposed by it.</returns>
    /// <exception cref="System.Data.Common.DbException">The disk refuses.</exception>
    public bool Rate(string answerId, int stars)
    {
        if (_recent.Find(answerId) is not { } reply) return false;
        if (LearningRule.IsIdentifying(reply.Question.Text) || LearningRule.IsIdentifying(reply.Answer)) return false;
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            if (stars <= Math.Max(1, options.BadRating)) return Propose(answerId, ReviewWords.Bad, reply, stars, now);
            if (stars < GoodRating || reply.LearnedId is not { } learned || !reply.Question.IsClean) return false;
            var (users, days) = store.Vote(learned, reply.Client, now);
            return users >= options.ReviewUsers && days >= options.ReviewDays && Propose(learned, ReviewWords.Good, reply, stars, now);
        }
    }

    private bool Propose(string id, string kind, RecentReply reply, int stars, DateTimeOffset now) =>
        store.Propose(new ReviewItem(id, kind, reply.Question.Text, reply.Answer, stars, now, ReviewWords.Open, null));

    public void Dispose() => store.Dispose();
}
