using EdgeAgent.Bundles;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Quantizers;

/// <summary>
/// A method that stores linears in fewer bits. <see cref="QuantizationMethods.All"/> lists the methods; an import uses one for
/// the whole model.
/// </summary>
internal interface IQuantizer
{
    /// <summary>The method's name on the command line and in student.json.</summary>
    string Name { get; }

    /// <summary>One line of help.</summary>
    string Description { get; }

    /// <summary>Whether <see cref="QuantizedForm.Quantize"/> needs a calibration.</summary>
    bool NeedsCalibration => false;

    /// <summary>The only block size the method has, inputs; null where the user chooses 32, 64 or 128.</summary>
    int? FixedBlock => null;

    /// <summary>Whether weights that are in 4 bits already are rounded a second time.</summary>
    bool RoundsAgain => true;

    /// <summary>Whether every tensor stays in float32, the embedding included.</summary>
    bool KeepsFloat32 => false;

    /// <exception cref="ModelFileException">The method cannot be used on this checkpoint; names another that can.</exception>
    void Check(ICheckpoint checkpoint)
    {
    }

    /// <summary>The form of one linear; null where it stays in float32.</summary>
    /// <param name="maxBlock">Largest block along K, inputs.</param>
    QuantizedForm? Form(LinearSource source, int maxBlock);
}

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

/// <summary>The quantization methods.</summary>
internal static class QuantizationMethods
{
    public static IReadOnlyList<IQuantizer> All { get; } =
        [new RoundToNearestQuantizer(), new GptqQuantizer(), new KeepQuantizer(), new Float32Quantizer()];

    /// <exception cref="ArgumentException">No method has that name; lists those there are.</exception>
    public static IQuantizer Named(string name) => All.FirstOrDefault(q => q.Name == name)
        ?? throw new ArgumentException(
            $"expected a quantization method of {string.Join(", ", All.Select(q => q.Name))}; found '{name}'", nameof(name));
}
