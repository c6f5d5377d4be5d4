using EdgeAgent.Answers;
using EdgeAgent.Telemetry;

namespace EdgeAgent.Queries;

/// <summary>Takes ratings: into the business figures, and against a learned answer that was rated badly.</summary>
internal sealed class FeedbackHandler(AgentMetrics metrics, AnswerCache? answers)
{
    /// <summary>The task ends when the rating is stored.</summary>
    public Task TakeAsync(Feedback feedback)
    {
        answers?.Rate(feedback.AnswerId, feedback.Rating);
        return metrics.Business?.Feedback(feedback.AnswerId, feedback.Rating, feedback.IsResolved) ?? Task.CompletedTask;
    }
}
