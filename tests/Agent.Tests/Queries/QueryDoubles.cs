using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Answers;
using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Knowledge;
using EdgeAgent.Mqtt;
using EdgeAgent.Privacy;
using EdgeAgent.Queries;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Thermal;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Queries;


/// <summary>Says "one " and "two ", with gates to hold it and a failure to throw.</summary>
internal sealed class ScriptedStudent : IChatClient
{
    private bool _afterFirst;
    private int _calls;

    public TaskCompletionSource Gate { get; private set; } = Completed();
    public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    public Exception? Failure { get; set; }
    public bool Cancelled { get; private set; }

    /// <summary>Answers with the question, character by character.</summary>
    public bool Echo { get; set; }

    public string Suffix { get; set; } = "";

    /// <summary>Pieces to say instead; each but the first waits for the gate where that is held.</summary>
    public IReadOnlyList<string>? Script { get; set; }

    /// <summary>Digest the answers carry.</summary>
    public string? Digest { get; set; }

    public string LastQuestion { get; private set; } = "";
    public int Calls => _calls;

    public void Hold(bool afterFirst = false) =>
        (Gate, _afterFirst) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), afterFirst);

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages,
        ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _calls);
        Started.TrySetResult();
        if (Failure is not null) throw Failure;
        LastQuestion = messages.Last().Text;
        if (Echo)
        {
            // one character at a time: placeholders come in pieces
            foreach (var c in LastQuestion + Suffix) yield return new ChatResponseUpdate(ChatRole.Assistant, c.ToString());
            yield return new ChatResponseUpdate(ChatRole.Assistant, "") { FinishReason = ChatFinishReason.Stop };
            yield break;
        }
        if (Script is { } script)
        {
            for (var i = 0; i < script.Count; i++)
            {
                if (i > 0) await Wait(cancellationToken);
                var piece = new ChatResponseUpdate(ChatRole.Assistant, script[i]);
                if (Digest is not null)
                    piece.AdditionalProperties = new AdditionalPropertiesDictionary { [StudentContract.Digest] = Digest };
                if (i == script.Count - 1) piece.FinishReason = ChatFinishReason.Stop;
                yield return piece;
            }
            yield break;
        }
        if (!_afterFirst) await Wait(cancellationToken);
        if (options?.Reasoning is { Output: ReasoningOutput.Full, Effort: ReasoningEffort.Medium })
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new TextReasoningContent("hm")]);
        yield return new ChatResponseUpdate(ChatRole.Assistant, "one ");
        if (_afterFirst) await Wait(cancellationToken);
        var last = new ChatResponseUpdate(ChatRole.Assistant, "two ") { FinishReason = ChatFinishReason.Stop };
        last.Contents.Add(new UsageContent(new UsageDetails { InputTokenCount = 1, OutputTokenCount = 2 }));
        yield return last;
    }

    private async Task Wait(CancellationToken cancellationToken)
    {
        try
        {
            await Gate.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Cancelled = true;
            throw;
        }
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException("queries stream");

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}

internal sealed class RecordingPublisher : IReplyPublisher
{
    private readonly ConcurrentDictionary<string, (int Count, OutboundMessage Message, long At)> _ends = new();

    public ConcurrentQueue<OutboundMessage> Messages { get; } = new();

    public ValueTask<PublishResult> PublishAsync(OutboundMessage message)
    {
        if (message.Sequence is null)
            _ends.AddOrUpdate(Encoding.UTF8.GetString(message.Correlation.Span), (1, message, TimeProvider.System.GetTimestamp()),
                (_, known) => known with { Count = known.Count + 1 });
        Messages.Enqueue(message);
        return ValueTask.FromResult(PublishResult.Sent);
    }

    public IEnumerable<OutboundMessage> Of(string id) => Messages.Where(m => Encoding.UTF8.GetString(m.Correlation.Span) == id);

    public int Terminals(string id) => _ends.TryGetValue(id, out var end) ? end.Count : 0;

    /// <summary>How a query ended: an answer's source or an error's code; and when.</summary>
    public (string What, long At) Ended(string id)
    {
        var (_, message, at) = _ends[id];
        var body = JsonNode.Parse(message.Payload.Span)!;
        return ((body["error"]?["code"] ?? body["agent"]!["source"])!.GetValue<string>(), at);
    }

    public async Task<JsonNode> TerminalAsync(string id)
    {
        await Waiting.ForAsync(() => Terminals(id) > 0);
        return JsonNode.Parse(Of(id).First(m => m.Sequence is null).Payload.Span)!;
    }

    public async Task<string> ErrorAsync(string id) => (await TerminalAsync(id))["error"]!["code"]!.GetValue<string>();
}

/// <summary>Heat as a test sets it.</summary>
internal sealed class FixedHeat(Func<Level> level, ThermalCutoff? cutoff = null) : IThermalGate
{
    public GenerationPermit Enter() => new(Now(), Now, cutoff?.Token ?? CancellationToken.None);

    private LadderState Now() => new(level(), "test");
}

/// <summary>The way of a query from its message to its replies, around a student of the test's own.</summary>
internal sealed class QueryRig : IAsyncDisposable
{
    private readonly PrivacyExchanges _privacy;
    private readonly QueryEndpoint _endpoint;
    private readonly QueryIntake _intake;

    public QueryRig(IChatClient student, IReplyPublisher publisher, AgentMetrics metrics, TimeProvider clock, QueryOptions? options = null,
        Desensitizer? desensitizer = null, AnswerCache? answers = null, IThermalGate? heat = null,
        Manuals? manuals = null)
    {
        options ??= new QueryOptions();
        _privacy = new PrivacyExchanges(desensitizer ?? new Desensitizer(new PrivacyOptions(), entities: null), clock);
        var services = new QueryServices(student, () => "m", _privacy, answers, heat ?? new FixedHeat(() => Level.L0),
            Manuals: manuals);
        var handler = new QueryHandler(services, options, metrics, clock, NullLogger<QueryHandler>.Instance);
        _intake = new QueryIntake(handler, options, metrics, clock, NullLogger<QueryIntake>.Instance);
        _endpoint = new QueryEndpoint(new Topics("local", "edge-1"), _intake, new FeedbackHandler(metrics, answers),
            new QueryContext(options, () => "m", publisher), metrics, NullLogger<QueryEndpoint>.Instance);
    }

    public void Receive(InboundMessage message) => _endpoint.Receive(message);

    public Task DrainAsync() => _endpoint.DrainAsync();

    public async ValueTask DisposeAsync()
    {
        await _endpoint.DisposeAsync();
        await _intake.DisposeAsync();
        _privacy.Dispose();
    }
}
