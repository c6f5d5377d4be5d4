using EdgeAgent.Serving;
using EdgeAgent.Thermal;

namespace EdgeAgent.Queries;

/// <summary>Words the refusals. Pure.</summary>
internal static class Refusals
{
    private static readonly TimeSpan HotRetry = TimeSpan.FromSeconds(60);

    /// <param name="code">One of <see cref="ErrorCodes"/>.</param>
    /// <param name="failure">What the student threw; null where it was not asked.</param>
    /// <param name="heat">Level and reason now.</param>
    public static QueryError Of(string code, GenerationOutcome outcome, Exception? failure, LadderState heat) => outcome switch
    {
        GenerationOutcome.Expired => new QueryError(code, "the query expired before it was answered"),
        GenerationOutcome.Stopping => QueryError.Stopping,
        GenerationOutcome.NotTried or GenerationOutcome.Overheated => new QueryError(code,
            $"generation is suspended ({heat.Level}: {heat.Reason}) and no stored answer fits the question", HotRetry.TotalSeconds),
        _ => Of(code, ServingFailure.Of(failure!)),
    };

    private static QueryError Of(string code, ServingFailure failure) =>
        new(code, failure.Message, failure.RetryAfter is { } wait ? Math.Round(wait.TotalSeconds, 2) : null);
}
