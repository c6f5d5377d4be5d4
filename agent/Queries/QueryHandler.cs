using EdgeAgent.Answers;
using EdgeAgent.Answers.Matching;
using EdgeAgent.Knowledge;
using EdgeAgent.Privacy;
using EdgeAgent.Telemetry;
using EdgeAgent.Telemetry.Drift;
using EdgeAgent.Thermal;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Queries;

/// <summary>What a query meets on its way.</summary>
/// <param name="Student">The student that serves, behind the supervisor.</param>
/// <param name="Model">Its name.</param>
/// <param name="Answers">Stored answers; null where the device has none.</param>
/// <param name="JoulesPerRow">Energy one row of the batch has received so far; null without power rails.</param>
/// <param name="Manuals">The plant's documents; null where none are configured.</param>
internal sealed record QueryServices(IChatClient Student, Func<string> Model, PrivacyExchanges Privacy, AnswerCache? Answers,
    IThermalGate Thermal, Func<double?>? JoulesPerRow = null, Manuals? Manuals = null);

/// <summary>Answers queries, one <see cref="QueryRun"/> each, and reports them. Always returns a reply. Safe for concurrent use.</summary>
internal sealed partial class QueryHandler(QueryServices services, QueryOptions options, AgentMetrics metrics, TimeProvider clock,
    ILogger<QueryHandler> logger)
{
    private static readonly TimeSpan MaxLimit = TimeSpan.FromHours(1);

    /// <param name="isStopping">Whether new queries are refused.</param>
    /// <param name="asker">Cancelled when the asker cancels.</param>
    /// <param name="stop">Cancelled when running answers must end since the device stops.</param>
    public async Task<QueryReply> AnswerAsync(QueryRequest request, Func<bool> isStopping, CancellationToken asker, CancellationToken stop)
    {
        var limit = request.Limit ?? options.Deadline;
        if (limit > MaxLimit) limit = MaxLimit;
        var permit = services.Thermal.Enter();
        using var lifetime = new QueryLifetime(limit - clock.GetElapsedTime(request.ReceivedAt), isStopping, clock, asker, permit.MustEnd,
            stop);
        using var exchange = services.Privacy.Open(request.Asker.Channel, request.Query!.Conversation);
        var draft = new AnswerDraft(services.Model(), permit.State.Level.ToString(), request.ReceivedAt, clock);
        var run = new QueryRun(request, services, lifetime, exchange, draft, permit, metrics);
        var reply = await run.AnswerAsync(request.ReceivedAt + (long)(limit.TotalSeconds * clock.TimestampFrequency)).ConfigureAwait(false);
        if (run.Outcome is GenerationOutcome.Failed or GenerationOutcome.Away)
            GenerationFailed(logger, run.Failure!.GetType().Name);
        Report(reply);
        if (run.Asked is { } asked && reply.Answer?.FinishReason != "cancelled")
            metrics.Drift?.Add(new DriftSample(QuestionText.Of(asked.Text).Tokens, reply.Answer is null,
                reply.Answer?.Source is AnswerSources.Cache or AnswerSources.Curated));
        return reply;
    }

    /// <summary>Counts a reply in the business figures; also one that took no run, such as a payload that is no query.</summary>
    public void Report(QueryReply reply)
    {
        if (reply.Answer is not { } answer)
        {
            metrics.Business?.Refusal(reply.Error!.Code);
            return;
        }
        if (answer.FinishReason == "cancelled") return; // the asker wanted no answer: it is neither good nor bad
        metrics.Business?.Answered(answer.Source, answer.TtftMilliseconds ?? answer.TotalMilliseconds);
        metrics.Business?.Spent(answer.Level, answer.PromptTokens, answer.Tokens, answer.Joules);
        metrics.Answered(new ServedAnswer(answer.Model, answer.Source, answer.TotalMilliseconds / 1000, answer.TtftMilliseconds / 1000,
            answer.PromptTokens, answer.Tokens));
        if (answer.Source != AnswerSources.Model) return;
        if (answer.Release is { } release) metrics.Business?.AnsweredBy(answer.AnswerId, release);
        if (answer.Joules is { } joules) metrics.Energy(joules);
        metrics.Generated(answer.Tokens);
        if (answer.IsTrial is { } isTrial)
            TrialAnswer(logger, answer.AnswerId, isTrial ? "trial" : "incumbent", answer.Release ?? 0, answer.FinishReason, answer.Tokens,
                answer.TtftMilliseconds ?? 0, answer.TotalMilliseconds);
    }

    [LoggerMessage(Level = LogLevel.Information,
        Message = "Answer {AnswerId} during a trial, by the {Student}, release {Release}: {Finish}, {Tokens} tokens, first piece after " +
            "{FirstPiece:F0} ms, complete after {Total:F0} ms")]
    private static partial void TrialAnswer(ILogger logger, string answerId, string student, long release, string finish, long tokens,
        double firstPiece, double total);

    [LoggerMessage(Level = LogLevel.Error, Message = "The student failed to answer: {Kind}")]
    private static partial void GenerationFailed(ILogger logger, string kind);
}
