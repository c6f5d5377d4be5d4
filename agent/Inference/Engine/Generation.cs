using System.Threading.Channels;
using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Inference.Engine;

/// <summary>Why an answer ended. Refused: the student's tokens cannot spell the format that the request asks for.</summary>
internal enum FinishReason { Stop, Length, Cancelled, Failed, Refused }

/// <summary>
/// What the engine is asked to do. <c>Deadline</c> is a <see cref="TimeProvider"/> timestamp; the earliest is served first.
/// </summary>
internal sealed record GenerationRequest(int[] Prompt, SamplingOptions Sampling, long Deadline = long.MaxValue)
{
    /// <summary>Set for reasoning students: tokens of the think block count neither as answer text nor towards max_tokens.</summary>
    public ThinkBudget? Think { get; init; }

    /// <summary>The form of the answer, from its first token behind the think block on; null: any. For this request alone.</summary>
    public ITokenConstraint? Constraint { get; init; }

    /// <summary>How many of the likeliest tokens each event tells beside its own one; null: no probabilities.</summary>
    public int? TopLogprobs { get; init; }
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

    internal void Emit(GenerationEvent e)
    {
        _events.Writer.TryWrite(e);
        if (e.Finish is not null) _events.Writer.TryComplete();
    }
}
