using System.Numerics.Tensors;
using EdgeAgent.Bundles;
using EdgeAgent.Inference;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation;

/// <summary>
/// Perplexity of a text in windows that do not overlap. The first token of a window is not scored; a begin token is used only if
/// the tokenizer adds one.
/// </summary>
/// <param name="Tokens">Scored tokens.</param>
/// <param name="NegativeLogLikelihood">Sum over the scored tokens, nats.</param>
internal sealed record Perplexity(int Tokens, double NegativeLogLikelihood)
{
    public double Value => Math.Exp(NegativeLogLikelihood / Tokens);

    /// <param name="file">A text file.</param>
    /// <exception cref="TextFileException">It is not UTF-8.</exception>
    public static Perplexity MeasureFile(Bundle bundle, string file, int window, int accuracyLevel, TimeProvider clock) =>
        Measure(bundle, TextFile.ReadAllText(file), window, accuracyLevel, clock);

    public static Perplexity Measure(Bundle bundle, string text, int window, int accuracyLevel, TimeProvider clock)
    {
        var ids = StudentText.Load(bundle.Directory, bundle.Manifest.Architecture.Vocabulary, foreign: false, clock).Tokenizer.Encode(text);
        if (ids.Length < 2) throw new ArgumentException($"a text of at least 2 tokens, found {ids.Length}", nameof(text));
        using var decoder = new OnnxDecoder(bundle,
            new DecoderOptions
            {
                Rows = 1,
                Context = window,
                Chunk = window,
                AllLogits = true,
                AccuracyLevel = accuracyLevel
            });
        var (tokens, sum) = (0, 0.0);
        for (var start = 0; start < ids.Length; start += window)
        {
            var part = ids.AsSpan(start, Math.Min(window, ids.Length - start));
            var logits = decoder.Prefill(0, part, 0); // [part, vocabulary]
            for (var i = 1; i < part.Length; i++, tokens++)
                sum -= LogProbability(logits.Slice((i - 1) * decoder.Vocabulary, decoder.Vocabulary), part[i]);
        }
        return new Perplexity(tokens, sum);
    }

    private static double LogProbability(ReadOnlySpan<float> logits, int id)
    {
        double largest = TensorPrimitives.Max(logits), total = 0;
        foreach (var logit in logits) total += Math.Exp(logit - largest);
        return logits[id] - largest - Math.Log(total);
    }
}
