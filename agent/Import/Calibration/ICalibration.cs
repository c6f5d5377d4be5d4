using EdgeAgent.Bundles;

namespace EdgeAgent.Import.Calibration;

/// <summary>
/// Calibration text on its way through a model while it is quantized. The caller goes through
/// <see cref="WeightNames.Linears"/> in order: for each linear it may look at what reaches it, given every linear before it as
/// it was replaced, and must then replace it by what will serve.
/// </summary>
internal interface ICalibration : IDisposable
{
    /// <summary>Tokens of the text.</summary>
    int Tokens { get; }

    /// <summary>
    /// Shows the inputs of a linear, window by window, each [tokens, K] row-major: as they will be when served, and as they are
    /// with the checkpoint's own weights.
    /// </summary>
    void Inputs(string linear, Action<float[], float[], int> window);

    /// <summary>Sets the linear's weights for what comes after it, [K, N] row-major: the checkpoint's, and those that will serve.</summary>
    void Replace(string linear, float[] exact, float[] served);
}
