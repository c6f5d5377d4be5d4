using EdgeAgent.Bundles;

namespace EdgeAgent.Import.Calibration;

/// <summary>
/// A calibration text carried through a model while the model is quantized. The caller visits
/// <see cref="WeightNames.Linears"/> in order: for each linear it may read the inputs, computed with the replaced linears before
/// it, and must then replace the linear.
/// </summary>
internal interface ICalibration : IDisposable
{
    /// <summary>Tokens of the text.</summary>
    int Tokens { get; }

    /// <summary>
    /// Calls with the inputs of a linear, window by window, each [tokens, K] row-major: under the replaced weights, and under the
    /// checkpoint's own. The third argument is the number of elements.
    /// </summary>
    void Inputs(string linear, Action<float[], float[], int> window);

    /// <summary>Sets the weights that later linears see, [K, N] row-major: the checkpoint's, and those that will be served.</summary>
    void Replace(string linear, float[] exact, float[] served);
}
