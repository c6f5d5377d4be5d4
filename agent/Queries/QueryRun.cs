using EdgeAgent.Answers;
using EdgeAgent.Answers.Learning;
using EdgeAgent.Knowledge;
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
    private ManualFinding? _manual;

    /// <summary>What the student or the look-up threw; null where all went well.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>What became of asking the student.</summary>
    public GenerationOutcome Outcome => _outcome;

    /// <param name="deadline"><see cref="TimeProvider"/> timestamp.</param>
    public async Task<QueryReply> AnswerAsync(long deadline)
    {
        _outcome = lifetime.AtArrival();
        if (_outcome == GenerationOutcome.NotTried) Scrub();
        AskManuals();
        var stored = Find();
        var plan = Plan(stored);
        if (plan.Action is AnswerAction.Generate or AnswerAction.GenerateFromDocuments)
        {
            try
            {
                return plan.Action == AnswerAction.Generate ? await GenerateAsync(deadline).ConfigureAwait(false)
                    : await ComposeAsync(_manual!, deadline).ConfigureAwait(false);
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
        stored is not null, services.Answers is { Preset.Length: > 0 }, draft.HasBegun, _query.Format.NeedsStudent)
    {
        Documents = _manual is null ? DocumentSay.NotAsked : _manual.HasAnswer ? DocumentSay.Answer : DocumentSay.Nothing,
        ComposesWithStudent = services.Manuals?.ComposesWithStudent == true,
    });

    /// <summary>Looks the last question up in the documents. Where they do not say and need not, they count as not asked.</summary>
    private void AskManuals()
    {
        if (_texts is null || services.Manuals is not { } manuals || _query.Format.NeedsStudent) return;
        var last = _query.Messages.Count - 1;
        while (last >= 0 && _query.Messages[last].Role != "user") last--;
        if (last < 0) return;
        var finding = manuals.Look(_texts[last]);
        if (finding.HasAnswer || manuals.IsStrict) _manual = finding;
    }

    /// <summary>The stored answer the plan may use. Single questions only.</summary>
    private StoredAnswer? Find()
    {
        var search = AnswerPlanner.SearchFor(_outcome, permit.State.Level, draft.HasBegun, _query.Format.NeedsStudent);
        if (search == StoredSearch.None || services.Answers is not { } answers || _texts is not [var question]) return null;
        var hit = answers.Find(question, search == StoredSearch.SimilarQuestion);
        // what the student once said from memory does not stand in for documents; what the deployer wrote does
        if (_manual is not null && hit.Entry is { Source: not AnswerEntry.Curated }) return null;
        return hit.Entry is { } entry ? new StoredAnswer(entry, hit.Score) : null;
    }

    private async Task<QueryReply> GenerateAsync(long deadline)
    {
        var conversation = _query.Messages.Zip(_texts!, (m, text) => new ChatMessage(new ChatRole(m.Role), text.Text)).ToList();
        var finish = await StreamAsync(_query, conversation, deadline).ConfigureAwait(false);
        if (finish is null) return draft.FinishDegraded(permit.Now().Level.ToString());
        Learn(finish);
        return draft.Finish(finish);
    }

    /// <summary>
    /// Lets the student word what the documents say. Nothing is shown before its figures are checked; an answer that fails is replaced by
    /// the documents' own lines. Never learned: it would outlive its library.
    /// </summary>
    private async Task<QueryReply> ComposeAsync(ManualFinding manual, long deadline)
    {
        var finish = await StreamAsync(_query with { Stream = false }, [new ChatMessage(ChatRole.User, manual.Prompt())], deadline)
            .ConfigureAwait(false);
        return DocumentAnswer.Composed(draft.Finish(finish ?? "length"), manual);
    }

    private async Task<string?> StreamAsync(Query query, IReadOnlyList<ChatMessage> conversation, long deadline)
    {
        var joules = services.JoulesPerRow?.Invoke();
        var stream = new AnswerStream(query, request.Asker.Client, exchange, draft, request.Sink, metrics);
        var finish = await stream.RunAsync(services.Student, conversation, deadline, permit, lifetime.Token).ConfigureAwait(false);
        if (joules is { } before) draft.Joules = services.JoulesPerRow!() - before;
        return finish;
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
            case AnswerAction.ServeDocuments:
                return DocumentAnswer.Quoted(draft.Finish("stop"), _manual!);
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
