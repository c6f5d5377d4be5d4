using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;
using EdgeAgent.Serving;
using Microsoft.Extensions.AI;

namespace EdgeAgent.Tests.Queries;

internal static class Waiting
{
    /// <summary>Until it is so, ten seconds at most.</summary>
    public static async Task ForAsync(Func<bool> condition)
    {
        for (var i = 0; i < 2000 && !condition(); i++) await Task.Delay(5, TestContext.Current.CancellationToken);
        Assert.True(condition());
    }
}

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
        CancellationToken cancellationToken = default) => throw new NotSupportedException("the road streams");

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
