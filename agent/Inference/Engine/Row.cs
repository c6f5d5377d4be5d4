using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Inference.Engine;

/// <summary>One sequence's state while it has a place in the batch.</summary>
internal sealed class Row(Generation generation, Tokenizer tokenizer, int vocabulary, int context)
{
    public Generation Generation { get; } = generation;
    public Sampler Sampler { get; } = new(generation.Request.Sampling, vocabulary);
    public IncrementalDetokenizer Text { get; } = new(tokenizer, generation.Request.Sampling.Stop);
    public ThinkState? Think { get; } = generation.Request.Think is { } think ? new ThinkState(think) : null;

    /// <summary>Text of the think block; stop strings do not apply to it.</summary>
    public IncrementalDetokenizer Reasoning { get; } = new(tokenizer, []);

    /// <summary>Most tokens yet to come count from here; tokens of the think block raise it, as far as the context goes.</summary>
    public int MaxTokens { get; private set; } = Math.Min(generation.Request.Sampling.MaxTokens,
        context - generation.Request.Prompt.Length);

    /// <summary>White space at the answer's start is left out: a think block came before it.</summary>
    public bool SkipsSpace { get; set; }

    public void AllowOneMore() => MaxTokens = Math.Min(MaxTokens + 1, context - Prompt.Length);

    /// <summary>Positions in the cache.</summary>
    public int Length { get; set; }

    /// <summary>Tokens answered.</summary>
    public int Answered { get; set; }

    /// <summary>The token to feed next.</summary>
    public int Last { get; set; }

    public TimeSpan Inference { get; set; }

    /// <summary>Whether its end was sent; the row is freed at the end of the step.</summary>
    public bool IsDone { get; set; }

    public int[] Prompt => Generation.Request.Prompt;
    public int RemainingPrompt => Prompt.Length - Length;
}
