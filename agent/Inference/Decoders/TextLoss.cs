using System.Numerics.Tensors;
using EdgeAgent.Bundles;

namespace EdgeAgent.Inference.Decoders;

/// <summary>How well a student predicts a text: negative log-likelihood over the scored tokens.</summary>
/// <param name="Tokens">Scored tokens.</param>
/// <param name="Nats">Sum over the scored tokens.</param>
internal readonly record struct TextLoss(int Tokens, double Nats)
{
    public double Perplexity => Math.Exp(Nats / Tokens);

    /// <param name="windows">Token ids; each window is a sequence of its own, and its first token is not scored.</param>
    /// <param name="context">Tokens of the longest window.</param>
    public static TextLoss Measure(Bundle bundle, IEnumerable<int[]> windows, int context, int accuracyLevel)
    {
        using var decoder = new OnnxDecoder(bundle,
            new DecoderOptions
            {
                Rows = 1,
                Context = context,
                Chunk = context,
                AllLogits = true,
                AccuracyLevel = accuracyLevel
            });
        var (tokens, sum) = (0, 0.0);
        foreach (var window in windows)
        {
            var logits = decoder.Prefill(0, window, 0); // [window, vocabulary]
            for (var i = 1; i < window.Length; i++, tokens++)
                sum += NegativeLogLikelihood(logits.Slice((i - 1) * decoder.Vocabulary, decoder.Vocabulary), window[i]);
        }
        return new TextLoss(tokens, sum);
    }

    private static double NegativeLogLikelihood(ReadOnlySpan<float> logits, int id)
    {
        double largest = TensorPrimitives.Max(logits), total = 0;
        foreach (var logit in logits) total += Math.Exp(logit - largest);
        return largest + Math.Log(total) - logits[id];
    }
}
