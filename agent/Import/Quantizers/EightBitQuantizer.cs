using EdgeAgent.Bundles;

namespace EdgeAgent.Import.Quantizers;

/// <summary>
/// Every linear in symmetric blocks of 8 bits: hardly different from full precision, at a quarter of its size. The form in which a
/// student writes its own calibration text; not a method that a user can choose.
/// </summary>
internal sealed class EightBitQuantizer : IQuantizer
{
    public string Name => "draft";
    public string Description => "8-bit";
    public int Bits => 8;

    public QuantizedForm? Form(LinearSource source, int maxBlock, int headBits) =>
        QuantizedMatrix.BlockFor(source.K, maxBlock) is var block and > 0 ? RoundToNearestQuantizer.EightBits(source, block) : null;
}
