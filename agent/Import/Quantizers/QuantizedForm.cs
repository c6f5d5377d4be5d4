using EdgeAgent.Bundles;
using EdgeAgent.Import.Calibration;

namespace EdgeAgent.Import.Quantizers;

/// <summary>The form one linear is stored in, and the computation that fills it.</summary>
/// <param name="Bits">Bits of a level: 4 or 8.</param>
/// <param name="Block">Inputs that share a scale; divides K.</param>
/// <param name="HasOffsets">Whether blocks have an offset beside the scale.</param>
/// <param name="Quantize">Fills an empty matrix of this form; the calibration is null for methods that need none.</param>
internal sealed record QuantizedForm(int Bits, int Block, bool HasOffsets,
    Func<QuantizedMatrix, ICalibration?, QuantizationError> Quantize);

/// <summary>What quantization cost one linear.</summary>
/// <param name="Error">Squared Frobenius norm of the weights' error.</param>
/// <param name="Norm">Squared Frobenius norm of the weights.</param>
internal readonly record struct QuantizationError(double Error, double Norm)
{
    /// <summary>Relative error of the outputs over the calibration text; null without one.</summary>
    public double? Output { get; init; }

    /// <summary>Relative error of the weights.</summary>
    public double Relative => Norm > 0 ? Math.Sqrt(Error / Norm) : 0;

    public static QuantizationError operator +(QuantizationError a, QuantizationError b) => new(a.Error + b.Error, a.Norm + b.Norm);
}
