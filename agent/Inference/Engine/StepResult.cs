using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Inference.Engine;

/// <summary>
/// What a step did to one answer: a token, or its end, or both. The stepping thread writes it, the publisher makes text of it.
/// </summary>
/// <param name="Id">-1 without a token.</param>
/// <param name="IsHidden">Whether the token belongs to the think block.</param>
/// <param name="IsReasoning">Whether it is the block's text rather than a tag.</param>
/// <param name="Tokens">Tokens of the answer so far.</param>
/// <param name="Inference">Time the decoder has spent on the answer.</param>
internal readonly record struct StepResult(Generation Generation, int Id, bool IsHidden, bool IsReasoning, int Tokens, TimeSpan Inference,
    FinishReason? Finish, string? Error)
{
    /// <summary>The token's probability, where the request asks for it.</summary>
    public TokenLogprob? Logprob { get; init; }

    /// <summary>The end of an answer that never had a row.</summary>
    public static StepResult Unserved(Generation generation, FinishReason finish, string? error) =>
        new(generation, -1, false, false, 0, TimeSpan.Zero, finish, error);
}
