using System.Numerics.Tensors;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Inference.Engine;

/// <summary>One sequence while it has a place in the batch: its state, and what each token does to it.</summary>
internal sealed class Row(Generation generation, Tokenizer tokenizer, int context)
{
    private bool _skipsSpace; // a think block precedes the answer: white space at the answer's start is dropped

    public Generation Generation { get; } = generation;
    public Sampler Sampler { get; } = new(generation.Request.Sampling);
    public IncrementalDetokenizer Text { get; } = new(tokenizer, generation.Request.Sampling.Stop);
    public ThinkState? Think { get; } = generation.Request.Think is { } think ? new ThinkState(think) : null;

    /// <summary>Text of the think block; stop strings do not apply to it.</summary>
    public IncrementalDetokenizer Reasoning { get; } = new(tokenizer, []);

    /// <summary>Tokens after which the answer ends. Each token of the think block raises it by one, up to the context.</summary>
    public int MaxTokens { get; private set; } = Math.Min(generation.Request.Sampling.MaxTokens,
        context - generation.Request.Prompt.Length);

    private ITokenConstraint? Constraint => Generation.Request.Constraint;

    /// <summary>Positions in the cache.</summary>
    public int Length { get; set; }

    /// <summary>Tokens of the answer so far.</summary>
    public int Answered { get; private set; }

    /// <summary>The token to feed next.</summary>
    public int Last { get; private set; }

    public TimeSpan Inference { get; set; }

    /// <summary>Whether the answer has ended; the row is freed at the end of the step.</summary>
    public bool IsDone { get; private set; }

    public int[] Prompt => Generation.Request.Prompt;
    public int RemainingPrompt => Prompt.Length - Length;

    /// <summary>Samples the next token; returns what can be shown of it, or the answer's end.</summary>
    /// <param name="logits">[vocabulary]</param>
    public GenerationEvent Accept(ReadOnlySpan<float> logits, HashSet<int> eos)
    {
        var id = Choose(logits);
        if (Think is { } think) id = think.Choose(id, eos.Contains(id));
        if (eos.Contains(id) && !Generation.Request.Sampling.IgnoreEos) return End(FinishReason.Stop, null);
        Last = id;
        Answered++;
        if (Think?.Take(id) is { Hidden: true } hidden) return Hide(id, hidden.IsText);
        var text = Text.Add(id);
        if (_skipsSpace && (text = text.TrimStart()).Length > 0) _skipsSpace = false;
        Constraint?.Take(id);
        var isWhole = Text.Stopped || Constraint is { IsComplete: true };
        var e = isWhole || Answered >= MaxTokens
            ? End(isWhole ? FinishReason.Stop : FinishReason.Length, null, text, id)
            : new GenerationEvent(text, id, Answered, Inference, null, null);
        return Generation.Request.TopLogprobs is { } top ? e with { Logprob = TokenLogprob.Of(logits, id, top) } : e;
    }

    /// <summary>The sampled token: of those that the answer's form allows, except in the think block.</summary>
    private int Choose(ReadOnlySpan<float> logits)
    {
        if (Constraint is null || Think is { IsInside: true }) return Sampler.Next(logits);
        var likeliest = Think is null ? -1 : TensorPrimitives.IndexOfMax(logits);
        return Think?.Opens(likeliest) == true ? likeliest : Sampler.Next(logits, Constraint.Mask);
    }

    /// <summary>Ends the answer; text still held back belongs to a whole answer.</summary>
    public GenerationEvent End(FinishReason reason, string? error, string text = "", int id = -1)
    {
        IsDone = true;
        if (reason is FinishReason.Stop or FinishReason.Length) text += Text.Finish();
        return new GenerationEvent(text, id, Answered, Inference, reason, error);
    }

    /// <summary>A token of the think block: its text is reasoning, which is returned only on request.</summary>
    private GenerationEvent Hide(int id, bool isText)
    {
        MaxTokens = Math.Min(MaxTokens + 1, context - Prompt.Length);
        _skipsSpace = Constraint is null; // the form says where the answer has spaces
        return Answered >= MaxTokens ? End(FinishReason.Length, null, "", id)
            : new GenerationEvent("", id, Answered, Inference, null, null, isText ? Reasoning.Add(id) : "");
    }
}
