using System.Numerics.Tensors;
using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Inference.Engine;

/// <summary>One sequence while it has a place in the batch: its state, and what each token does to it.</summary>
internal sealed class Row(Generation generation, int context)
{
    private int _results;

    public Generation Generation { get; } = generation;
    public GenerationRequest Request => Generation.Request;
    public Sampler Sampler { get; } = new(generation.Request.Sampling);
    public ThinkState? Think { get; } = generation.Request.Think is { } think ? new ThinkState(think) : null;

    /// <summary>Tokens after which the answer ends. Each token of the think block raises it by one, up to the context.</summary>
    public int MaxTokens { get; private set; } = Math.Min(generation.Request.Sampling.MaxTokens,
        context - generation.Request.Prompt.Length);

    private ITokenConstraint? Constraint => Generation.Request.Constraint;

    /// <summary>Positions in the cache.</summary>
    public int Length { get; set; }

    /// <summary>Whole blocks of the prompt that the prefix cache holds, counted from its start; known when the row begins.</summary>
    public int CachedBlocks { get; set; }

    /// <summary>Tokens of the answer so far.</summary>
    public int Answered { get; private set; }

    /// <summary>The token to feed next.</summary>
    public int Last { get; private set; }

    public TimeSpan Inference { get; set; }

    /// <summary>Why the answer has ended; null while it goes on.</summary>
    public FinishReason? Finish { get; private set; }

    /// <summary>Whether the answer has ended; the row is freed at the end of the step.</summary>
    public bool IsDone => Finish is not null;

    public int[] Prompt => Request.Prompt;
    public int RemainingPrompt => Prompt.Length - Length;

    /// <summary>
    /// Whether the publisher is more than one step behind on an answer with stop strings: decoding on could run past one unseen.
    /// </summary>
    public bool IsAheadOfItsText => Request.Sampling.Stop.Count > 0 && _results - Generation.Published > 1;

    /// <summary>Samples the next token; returns it, or the answer's end.</summary>
    /// <param name="logits">[vocabulary]</param>
    public StepResult Accept(ReadOnlySpan<float> logits, HashSet<int> eos)
    {
        var id = Choose(logits);
        if (Think is { } think) id = think.Choose(id, eos.Contains(id));
        if (eos.Contains(id) && !Request.Sampling.IgnoreEos) return End(FinishReason.Stop, null);
        Last = id;
        Answered++;
        var (isHidden, isReasoning) = Think?.Take(id) ?? default;
        if (isHidden) MaxTokens = Math.Min(MaxTokens + 1, context - Prompt.Length);
        else Constraint?.Take(id);
        _results++;
        if (!isHidden && Constraint is { IsComplete: true }) Finish = FinishReason.Stop;
        else if (Answered >= MaxTokens) Finish = FinishReason.Length;
        return new StepResult(Generation, id, isHidden, isReasoning, Answered, Inference, Finish, null)
        {
            Logprob = !isHidden && Request.TopLogprobs is { } top ? TokenLogprob.Of(logits, id, top) : null
        };
    }

    /// <summary>The sampled token: of those that the answer's form allows, except in the think block.</summary>
    private int Choose(ReadOnlySpan<float> logits)
    {
        if (Constraint is null || Think is { IsInside: true }) return Sampler.Next(logits);
        var likeliest = Think is null ? -1 : TensorPrimitives.IndexOfMax(logits);
        return Think?.Opens(likeliest) == true ? likeliest : Sampler.Next(logits, Constraint.Mask);
    }

    /// <summary>Ends the answer.</summary>
    public StepResult End(FinishReason reason, string? error)
    {
        Finish = reason;
        return new StepResult(Generation, -1, false, false, Answered, Inference, reason, error);
    }
}
