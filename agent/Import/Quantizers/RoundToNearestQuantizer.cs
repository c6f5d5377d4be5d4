using EdgeAgent.Bundles;
using EdgeAgent.Import.Calibration;

namespace EdgeAgent.Import.Quantizers;

/// <summary>Symmetric 4-bit blocks by <see cref="RoundToNearest"/>; the head has 8 bits.</summary>
internal sealed class RoundToNearestQuantizer : IQuantizer
{
    public string Name => Quantization.RoundToNearest;
    public string Description => "4-bit, round to nearest";

    public QuantizedForm? Form(LinearSource source, int maxBlock) =>
        Symmetric(source, maxBlock, (matrix, _) => Quantize(source, matrix));

    /// <summary>
    /// Symmetric blocks; float32 where no block divides K, or N is odd. The head has 8 bits by rounding: its errors go straight
    /// into the choice of every token.
    /// </summary>
    /// <param name="fourBits">Fills a 4-bit matrix.</param>
    public static QuantizedForm? Symmetric(LinearSource source, int maxBlock,
        Func<QuantizedMatrix, ICalibration?, QuantizationError> fourBits)
    {
        var block = QuantizedMatrix.BlockFor(source.K, maxBlock);
        if (block == 0) return null;
        if (source.Name == WeightNames.Head) return EightBits(source, block);
        return source.N % 2 == 0 ? new QuantizedForm(4, block, HasOffsets: false, fourBits) : null;
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
