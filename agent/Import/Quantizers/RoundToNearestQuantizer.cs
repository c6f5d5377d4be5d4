using EdgeAgent.Bundles;
using EdgeAgent.Import.Calibration;

namespace EdgeAgent.Import.Quantizers;

/// <summary>Symmetric 4-bit blocks by <see cref="RoundToNearest"/>.</summary>
internal sealed class RoundToNearestQuantizer : IQuantizer
{
    public string Name => Quantization.RoundToNearest;
    public string Description => "4-bit, round to nearest";

    public bool HasHeadBits => true;

    public QuantizedForm? Form(LinearSource source, int maxBlock, int headBits) =>
        Symmetric(source, maxBlock, headBits, (matrix, _) => Quantize(source, matrix));

    /// <summary>
    /// Symmetric blocks; float32 where no block divides K, or N is odd. The head is rounded: to 8 bits, which an odd N has in any case,
    /// or to 4.
    /// </summary>
    /// <param name="fourBits">Fills the 4-bit matrix of a layer's linear.</param>
    public static QuantizedForm? Symmetric(LinearSource source, int maxBlock, int headBits,
        Func<QuantizedMatrix, ICalibration?, QuantizationError> fourBits)
    {
        var block = QuantizedMatrix.BlockFor(source.K, maxBlock);
        if (block == 0) return null;
        var even = source.N % 2 == 0;
        if (source.Name != WeightNames.Head) return even ? new QuantizedForm(4, block, HasOffsets: false, fourBits) : null;
        return headBits == 4 && even
            ? new QuantizedForm(4, block, HasOffsets: false, (matrix, _) => Quantize(source, matrix)) : EightBits(source, block);
    }

    /// <summary>Symmetric 8-bit blocks by rounding.</summary>
    public static QuantizedForm EightBits(LinearSource source, int block) =>
        new(8, block, HasOffsets: false, (matrix, _) => Quantize(source, matrix));

    private static QuantizationError Quantize(LinearSource source, QuantizedMatrix matrix)
    {
        var total = new QuantizationError();
        foreach (var (first, count) in source.Stripes())
        {
            var (error, norm) = RoundToNearest.Quantize(source.Rows(first, count), matrix, first);
            total += new QuantizationError(error, norm);
        }
        return total;
    }
}
