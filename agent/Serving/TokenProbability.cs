using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Serving;

/// <summary>A token of an answer and how likely the student found it.</summary>
/// <param name="Bytes">Its bytes: a token may end within a character.</param>
/// <param name="Logprob">Natural logarithm of its probability, by the student's own logits.</param>
/// <param name="Top">The likeliest tokens at its place, likeliest first; themselves without others.</param>
internal sealed record TokenProbability(ReadOnlyMemory<byte> Bytes, float Logprob, IReadOnlyList<TokenProbability> Top)
{
    /// <summary>Most of the likeliest tokens that can be asked for.</summary>
    public const int MaxTop = TokenLogprob.MaxTop;

    public static TokenProbability Of(TokenLogprob token, Tokenizer tokenizer) =>
        Of(token.Chosen, tokenizer, [.. token.Top.Select(t => Of(t, tokenizer, []))]);

    private static TokenProbability Of(Likelihood token, Tokenizer tokenizer, IReadOnlyList<TokenProbability> top) =>
        new(tokenizer.Bytes(token.Id).ToArray(), token.Logprob, top);
}
