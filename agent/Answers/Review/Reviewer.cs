using EdgeAgent.Answers.Learning;
using EdgeAgent.Answers.Storage;
using EdgeAgent.Privacy;

namespace EdgeAgent.Answers.Review;

/// <summary>
/// Carries out a reviewer's decisions. A correction becomes a curated answer, and so does an accepted learned one; a running service reads
/// it within seconds. An answer that is unsafe is no longer learned.
/// </summary>
internal sealed class Reviewer(ReviewStore queue, AnswerStore answers, Desensitizer desensitizer, TimeProvider clock)
{
    /// <summary>The answer is right. A bad rating's answer stays what it was; a learned one becomes curated.</summary>
    /// <returns>Whether the item was open.</returns>
    public bool Accept(ReviewItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (!queue.Decide(item.Id, ReviewWords.Accepted, null)) return false;
        if (item.Kind == ReviewWords.Good) Curate(item, item.Answer);
        return true;
    }

    /// <summary>The answer is wrong; this one is right.</summary>
    /// <exception cref="FormatException">The correction is empty, or holds personal data.</exception>
    public bool Correct(ReviewItem item, string correction)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (string.IsNullOrWhiteSpace(correction)) throw new FormatException("expected a correction; found an empty text");
        if (!desensitizer.Scrub(correction).IsClean)
            throw new FormatException("a correction leaves as training data: expected one without personal data. Name a role "
                + "or an extension");
        if (!queue.Decide(item.Id, ReviewWords.Corrected, correction)) return false;
        Curate(item, correction);
        return true;
    }

    /// <summary>The answer must not be given.</summary>
    public bool MarkUnsafe(ReviewItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (!queue.Decide(item.Id, ReviewWords.Unsafe, null)) return false;
        var changes = new LearnedChanges();
        changes.Delete(item.Id);
        answers.Apply(changes, clock.GetUtcNow());
        return true;
    }

    /// <summary>The item says nothing; it leaves the queue and never leaves the device.</summary>
    public bool Discard(ReviewItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return queue.Decide(item.Id, ReviewWords.Discarded, null);
    }

    private void Curate(ReviewItem item, string answer) => answers.Put([new AnswerEntry
    {
        Id = $"review-{item.Id}",
        Questions = [item.Question],
        Answer = answer,
        Tags = ["review"],
    }], clock.GetUtcNow());
}
