namespace EdgeAgent.Import;

/// <summary>How one linear was imported.</summary>
/// <param name="Bits">4 or 8; 32 for float32.</param>
/// <param name="Block">Inputs that share a scale; 0 for float32.</param>
/// <param name="RelativeError">Of the weights, in the Frobenius norm; 0 where nothing was rounded.</param>
/// <param name="Seconds">Time it took.</param>
internal sealed record LinearReport(string Name, int K, int N, int Bits, int Block, double RelativeError, double Seconds)
{
    /// <summary>Relative error of the linear's outputs over the calibration text; null without one.</summary>
    public double? OutputError { get; init; }

    /// <summary>Whether the source's own grid was kept.</summary>
    public bool Kept { get; init; }
}
