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
