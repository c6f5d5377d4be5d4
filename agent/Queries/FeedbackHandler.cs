using EdgeAgent.Answers;
using EdgeAgent.Answers.Review;
using EdgeAgent.Platform;
using EdgeAgent.Telemetry;

namespace EdgeAgent.Queries;

/// <summary>Takes ratings: into the business figures, and against a learned answer that was rated badly.</summary>
internal sealed class FeedbackHandler(AgentMetrics metrics, AnswerCache? answers)
{
    /// <summary>The task ends when the rating is stored.</summary>
    public Task TakeAsync(Feedback feedback)
    {
        if (answers?.Review is { } review) _ = Task.Run(() => Propose(review, feedback));
        metrics.Drift?.AddRating(feedback.Rating);
        answers?.Rate(feedback.AnswerId, feedback.Rating);
        return metrics.Business?.Feedback(feedback.AnswerId, feedback.Rating, feedback.IsResolved) ?? Task.CompletedTask;
    }
    /// <summary>Where the disk refuses, the queue lacks an item; the rating itself counts.</summary>
    private static void Propose(ReviewQueue review, Feedback feedback)
    {
        try
        {
            review.Rate(feedback.AnswerId, feedback.Rating);
        }
        catch (Exception e) when (DiskErrors.Include(e) || e is ObjectDisposedException or InvalidOperationException)
        {
            // the device is full or stops
        }
    }
}
