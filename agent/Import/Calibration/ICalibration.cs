using EdgeAgent.Bundles;
using EdgeAgent.Import.Quantizers;
using EdgeAgent.Inference.Decoders;

namespace EdgeAgent.Import.Calibration;

/// <summary>
/// A calibration text carried through a model while the model is quantized. The caller may replace the embedding, then visits
/// <see cref="WeightNames.Linears"/> in order: for each linear of a layer it may read the inputs, computed with the replaced linears
/// before it, and must then replace the linear.
/// </summary>
internal interface ICalibration : IDisposable
{
    /// <summary>Tokens of the text, without those held back.</summary>
    int Tokens { get; }

    /// <summary>Where the text comes from, behind its number of tokens: "the student wrote", or "of FILE".</summary>
    string Text { get; }

    /// <summary>Windows of the same text that are not calibrated on; token ids. Empty where the text is too short.</summary>
    IReadOnlyList<int[]> HeldBack { get; }

    /// <summary>Sets the embedding that will be served; the checkpoint's own stays the exact one.</summary>
    void ReplaceEmbedding(TableForm table);

    /// <summary>
    /// Calls with the inputs of a linear, window by window, each [tokens, K] row-major: under the replaced weights, and under the
    /// checkpoint's own. The third argument is the number of elements. The arrays must not be changed.
    /// </summary>
    void Inputs(string linear, Action<float[], float[], int> window);

    /// <summary>Sets the weights that later linears see, [K, N] row-major: the checkpoint's, and those that will be served.</summary>
    void Replace(string linear, float[] exact, float[] served);

    /// <summary>The checkpoint's loss in full precision on <see cref="HeldBack"/>, once every linear of the layers is replaced.</summary>
    TextLoss FullPrecision();
}
