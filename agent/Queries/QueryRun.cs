using EdgeAgent.Answers.Learning;
using EdgeAgent.Privacy;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Thermal;
using Microsoft.Extensions.AI;

namespace EdgeAgent.Queries;

/// <summary>
/// One query's life: scrub, look up, plan, generate, and plan once more where generation fails. Each slice is entered once on the way
/// in and once on the way out.
/// </summary>
internal sealed class QueryRun(QueryRequest request, QueryServices services, QueryLifetime lifetime, PrivacyExchange exchange,
    AnswerDraft draft, GenerationPermit permit, AgentMetrics metrics)
{
    private readonly Query _query = request.Query!;
    private GenerationOutcome _outcome;
    private IReadOnlyList<Scrubbed>? _texts;

    /// <summary>What the student or the look-up threw; null where all went well.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>What became of asking the student.</summary>
    public GenerationOutcome Outcome => _outcome;

    /// <param name="deadline"><see cref="TimeProvider"/> timestamp.</param>
    public async Task<QueryReply> AnswerAsync(long deadline)
    {
        _outcome = lifetime.AtArrival();
        if (_outcome == GenerationOutcome.NotTried) Scrub();
        var stored = Find();
        var plan = Plan(stored);
        if (plan.Action == AnswerAction.Generate)
        {
            try
            {
                return await GenerateAsync(deadline).ConfigureAwait(false);
            }
            catch (Exception e) // whatever it is, the query gets its reply
            {
                (_outcome, Failure) = (lifetime.OutcomeOf(e), e);
            }
            stored = Find();
            plan = Plan(stored);
        }
        return Carry(plan, stored);
    }

    private void Scrub()
    {
        try
        {
            _texts = exchange.Scrub(_query.Messages.Select(m => m.Content));
            draft.Desensitized = exchange.Counts;
        }
        catch (InvalidOperationException e) // more values than a conversation holds
        {
            (_outcome, Failure) = (GenerationOutcome.Failed, e);
        }
    }

    private AnswerPlan Plan(StoredAnswer? stored) => AnswerPlanner.Decide(new AnswerSituation(_outcome, permit.State.Level,
        stored is not null, services.Answers is { Preset.Length: > 0 }, draft.HasBegun, _query.Format.NeedsStudent));

    /// <summary>The stored answer the plan may use. Single questions only.</summary>
    private StoredAnswer? Find()
    {
        var search = AnswerPlanner.SearchFor(_outcome, permit.State.Level, draft.HasBegun, _query.Format.NeedsStudent);
        if (search == StoredSearch.None || services.Answers is not { } answers || _texts is not [var question]) return null;
        var hit = answers.Find(question, search == StoredSearch.SimilarQuestion);
        return hit.Entry is { } entry ? new StoredAnswer(entry, hit.Score) : null;
    }

    private async Task<QueryReply> GenerateAsync(long deadline)
    {
        var joules = services.JoulesPerRow?.Invoke();
        var stream = new AnswerStream(_query, request.Asker.Client, exchange, draft, request.Sink, metrics);
        var finish = await stream.RunAsync(services.Student, _texts!, deadline, permit, lifetime.Token).ConfigureAwait(false);
        if (joules is { } before) draft.Joules = services.JoulesPerRow!() - before;
        if (finish is null) return draft.FinishDegraded(permit.Now().Level.ToString());
        Learn(finish);
        return draft.Finish(finish);
    }

    /// <summary>Keeps a good answer for the next asker of the same question.</summary>
    private void Learn(string finish)
    {
        if (services.Answers is not { } answers || _texts is not [var question] || draft.Digest is not { } digest) return;
        answers.Learn(new Candidate(draft.Id, question, exchange.Written(), digest,
            IsComplete: finish == "stop" && permit.State.Level == Level.L0, _query.IsPlain));
    }

    private QueryReply Carry(AnswerPlan plan, StoredAnswer? stored)
    {
        switch (plan.Action)
        {
            case AnswerAction.ServeStored:
                services.Answers!.Served(draft.Id, stored!.Entry);
                return stored.ToAnswer(draft.Finish("stop"), draft.Now, _query, services.Student.GetService<IAnswerLimiter>());
            case AnswerAction.ServePreset:
                return draft.Finish("stop") with { Text = services.Answers!.Preset, Source = AnswerSources.Fallback };
            case AnswerAction.EndCancelled:
                return draft.Finish("cancelled");
            case AnswerAction.EndDegraded:
                return draft.FinishDegraded(permit.Now().Level.ToString());
            default:
                return Refusals.Of(plan.Code!, _outcome, Failure, permit.Now());
        }
    }
}
