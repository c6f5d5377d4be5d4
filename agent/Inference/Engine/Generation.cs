using System.Threading.Channels;
using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Inference.Engine;

/// <summary>
/// Why an answer ended. Refused: it could not be completed before its deadline any more, and others needed its place. Unspellable: the
/// student's tokens cannot spell the format that the request asks for.
/// </summary>
internal enum FinishReason { Stop, Length, Cancelled, Failed, Refused, Unspellable }

/// <summary>Which requests are served first. Safety: before all others, up to <see cref="EngineOptions.SafetyShare"/>.</summary>
internal enum RequestPriority { Normal, Safety }

/// <summary>
/// What the engine is asked to do. <c>Deadline</c> is a <see cref="TimeProvider"/> timestamp; a client's earliest is served first.
/// </summary>
internal sealed record GenerationRequest(int[] Prompt, SamplingOptions Sampling, long Deadline = long.MaxValue)
{
    /// <summary>Set for reasoning students: tokens of the think block count neither as answer text nor towards max_tokens.</summary>
    public ThinkBudget? Think { get; init; }

    /// <summary>The form of the answer, from its first token behind the think block on; null: any. For this request alone.</summary>
    public ITokenConstraint? Constraint { get; init; }

    /// <summary>How many of the likeliest tokens each event tells beside its own one; null: no probabilities.</summary>
    public int? TopLogprobs { get; init; }

    /// <summary>Who asks. Waiting clients take turns; a prompt's prefix serves its own client at once, others later.</summary>
    public string Client { get; init; } = "";

    public RequestPriority Priority { get; init; }

    /// <summary>Requests of different domains never share a prefix.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Most tokens the answer and its think block can have.</summary>
    public int MaxTokens => Sampling.MaxTokens + (Think?.Tokens ?? 0);
}

/// <summary>
/// A piece of an answer, or its end. <c>Id</c> is the token it came from, or -1; <c>Tokens</c> counts the answer so far;
/// <c>Inference</c> is the time the decoder has spent on it; <c>Reasoning</c> is text of the think block; <c>Logprob</c> is null unless
/// asked for, and for a token that is no part of the answer.
/// </summary>
internal readonly record struct GenerationEvent(string Text, int Id, int Tokens, TimeSpan Inference, FinishReason? Finish, string? Error,
    string Reasoning = "", TokenLogprob? Logprob = null);

/// <summary>A running generation: its events, and the way to stop it. Bounded by max_tokens.</summary>
internal sealed class Generation
{
    private readonly Channel<GenerationEvent> _events =
        Channel.CreateUnbounded<GenerationEvent>(new UnboundedChannelOptions { SingleReader = true });

    private readonly Action<Generation> _cancelled;
    private volatile bool _hasEnded;
    private volatile int _published;

    internal Generation(GenerationRequest request, Action<Generation> cancelled) => (Request, _cancelled) = (request, cancelled);

    public GenerationRequest Request { get; }

    /// <summary>Completes after the event that carries a finish reason.</summary>
    public ChannelReader<GenerationEvent> Events => _events.Reader;

    /// <summary>Asks the engine to stop: a waiting request ends at once, a row is free before the next step.</summary>
    public void Cancel()
    {
        if (IsCancelled) return;
        IsCancelled = true;
        _cancelled(this);
    }

    internal bool IsCancelled { get; private set; }

    /// <summary>Names of the prompt's whole blocks in the prefix cache, first block first.</summary>
    internal PrefixKey[] PrefixKeys { get; init; } = [];

    /// <summary>Tokens it costs its client, and its place among those that came.</summary>
    internal int Cost { get; set; }

    internal long Order { get; set; }

    /// <summary>Prompt tokens that the prefix cache held when it was submitted.</summary>
    internal int Cached { get; init; }

    /// <summary>The text side; used by the publisher alone.</summary>
    internal Transcript? Transcript { get; set; }

    /// <summary>Whether the last event has been emitted; what comes later is ignored.</summary>
    internal bool HasEnded => _hasEnded;

    /// <summary>Events emitted so far.</summary>
    internal int Published => _published;

    internal void Emit(GenerationEvent e)
    {
        if (_hasEnded) return;
        _events.Writer.TryWrite(e);
        _published++;
        if (e.Finish is null) return;
        _hasEnded = true;
        _events.Writer.TryComplete();
    }
}
