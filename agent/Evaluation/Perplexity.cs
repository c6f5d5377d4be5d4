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
        var loss = TextLoss.Measure(bundle, ids.Chunk(window), window, accuracyLevel);
        return new Perplexity(loss.Tokens, loss.Nats);
    }
}
