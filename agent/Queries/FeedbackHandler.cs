using EdgeAgent.Answers;
using EdgeAgent.Telemetry;

namespace EdgeAgent.Queries;

/// <summary>Takes ratings: into the business figures, and against a learned answer that was rated badly.</summary>
internal sealed class FeedbackHandler(AgentMetrics metrics, AnswerCache? answers)
{
    public void Take(Feedback feedback)
    {
        metrics.Business?.Feedback(feedback.AnswerId, feedback.Rating, feedback.IsResolved);
        answers?.Rate(feedback.AnswerId, feedback.Rating);
    }
}
