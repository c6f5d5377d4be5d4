using EdgeAgent.Answers.Learning;
using EdgeAgent.Privacy;
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
    private DocumentTurn? _documents;
    private string _documentsVersion = "";

    /// <summary>What the student or the look-up threw; null where all went well.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>What became of asking the student.</summary>
    public GenerationOutcome Outcome => _outcome;

    /// <summary>The last message, desensitized; null where it could not be.</summary>
    public Scrubbed? Asked => _texts is [.., var last] ? last : null;

    /// <param name="deadline"><see cref="TimeProvider"/> timestamp.</param>
    public async Task<QueryReply> AnswerAsync(long deadline)
    {
        _outcome = lifetime.AtArrival();
        if (_outcome == GenerationOutcome.NotTried) Scrub();
        _documentsVersion = DocumentTurn.VersionOf(services);
        _documents = DocumentTurn.Of(services, _query, _texts, request.Asker.Reader);
        var stored = Find();
        var plan = Plan(stored);
        if (plan.Action is AnswerAction.Generate or AnswerAction.GenerateFromDocuments)
        {
            try
            {
                return plan.Action == AnswerAction.Generate ? await GenerateAsync(deadline).ConfigureAwait(false)
                    : await ComposeAsync(_documents!, deadline).ConfigureAwait(false);
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
        Documents = _documents?.Say ?? DocumentSay.NotAsked,
        ComposesWithStudent = _documents?.ComposesWithStudent == true,
    });

    /// <summary>The stored answer the plan may use. Single questions only.</summary>
    private StoredAnswer? Find()
    {
        var search = AnswerPlanner.SearchFor(_outcome, permit.State.Level, draft.HasBegun, _query.Format.NeedsStudent);
        if (search == StoredSearch.None || services.Answers is not { } answers || _texts is not [var question]) return null;
        var hit = answers.Find(question, search == StoredSearch.SimilarQuestion);
        var stored = hit.Entry is { } entry ? new StoredAnswer(entry, hit.Score) : null;
        // what the student once said from memory does not stand in for documents; what the deployer wrote does
        return _documents is null || stored is { IsCurated: true } ? stored : null;
    }

    private async Task<QueryReply> GenerateAsync(long deadline)
    {
        var conversation = _query.Messages.Zip(_texts!, (m, text) => new ChatMessage(new ChatRole(m.Role), text.Text)).ToList();
        var finish = await StreamAsync(_query, conversation, deadline).ConfigureAwait(false);
        if (finish is null) return draft.FinishDegraded(permit.Now().Level.ToString());
        Learn(finish);
        if (_texts is [var question])
            services.Answers?.Review?.Remember(draft.Id, question, exchange.Written().Text, draft.Id, request.Asker.Client);
        return draft.Finish(finish);
    }

    /// <summary>
    /// Lets the student word what the documents say. Nothing is shown before its figures are checked; an answer that fails is replaced by
    /// the documents' own lines. Never learned: it would outlive its library.
    /// </summary>
    private async Task<QueryReply> ComposeAsync(DocumentTurn documents, long deadline)
    {
        var finish = await StreamAsync(_query with { Stream = false }, [new ChatMessage(ChatRole.User, documents.Prompt)], deadline)
            .ConfigureAwait(false);
        return documents.Composed(draft.Finish(finish ?? "length"));
    }

    private async Task<string?> StreamAsync(Query query, IReadOnlyList<ChatMessage> conversation, long deadline)
    {
        var joules = services.JoulesPerRow?.Invoke();
        var stream = new AnswerStream(query, request.Asker.Client, exchange, draft, request.Sink, metrics)
        { Domain = _documents?.Audience ?? "" };
        var finish = await stream.RunAsync(services.Student, conversation, deadline, permit, lifetime.Token).ConfigureAwait(false);
        if (joules is { } before) draft.Joules = services.JoulesPerRow!() - before;
        return finish;
    }

    /// <summary>Keeps a good answer for the next asker of the same question.</summary>
    private void Learn(string finish)
    {
        if (services.Answers is not { } answers || _texts is not [var question] || draft.Digest is not { } digest) return;
        answers.Learn(new Candidate(draft.Id, question, exchange.Written(), digest,
            IsComplete: finish == "stop" && permit.State.Level == Level.L0, _query.IsPlain)
        { DocumentsVersion = _documentsVersion });
    }

    private QueryReply Carry(AnswerPlan plan, StoredAnswer? stored)
    {
        switch (plan.Action)
        {
            case AnswerAction.ServeStored:
                services.Answers!.Served(draft.Id, stored!.Entry);
                services.Answers.Review?.Remember(draft.Id, _texts![0], stored.Entry.Answer, stored.IsCurated ? null : stored.Entry.Id,
                    request.Asker.Client);
                return stored.ToAnswer(draft.Finish("stop"), draft.Now, _query, services.Student);
            case AnswerAction.ServeDocuments:
                return _documents!.Quoted(draft.Finish("stop"));
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
