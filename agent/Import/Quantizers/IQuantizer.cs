using EdgeAgent.Bundles;
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

    /// <summary>Bits of the layers' linears.</summary>
    int Bits => 4;

    /// <summary>Whether the user chooses the bits of the head.</summary>
    bool HasHeadBits => false;

    /// <summary>The form of one linear; null where it stays in float32.</summary>
    /// <param name="maxBlock">Largest block along K, inputs.</param>
    /// <param name="headBits">Bits of the head where <see cref="HasHeadBits"/>: 8 or 4.</param>
    QuantizedForm? Form(LinearSource source, int maxBlock, int headBits = Quantization.DefaultHeadBits);

    /// <summary>
    /// The form of an embedding that becomes a table, which is also the head where the checkpoint ties both; null where it stays in
    /// floats.
    /// </summary>
    TableForm? Table(ICheckpoint checkpoint, int maxBlock, int headBits = Quantization.DefaultHeadBits) =>
        TableForm.Rounded(checkpoint, maxBlock, checkpoint.TiedHead ? headBits : Quantization.DefaultHeadBits);
}
