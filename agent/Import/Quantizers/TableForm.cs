using EdgeAgent.Bundles;
using EdgeAgent.Import.Checkpoints;

namespace EdgeAgent.Import.Quantizers;

/// <summary>Quantizes rows first.. of a table: levels [rows, D], scales [rows, D / block], as many rows as the levels hold.</summary>
internal delegate QuantizationError TableRows(int first, Memory<sbyte> levels, Memory<float> scales);

/// <summary>The form of an embedding that is stored as a table of quantized rows. Rows do not depend on each other.</summary>
/// <param name="Bits">Bits of a level: 4 or 8.</param>
/// <param name="Block">Values of a row that share a scale.</param>
/// <param name="Kept">Whether the source's own grid is taken over.</param>
/// <param name="Quantize">Computes rows.</param>
internal sealed record TableForm(int Bits, int Block, bool Kept, TableRows Quantize)
{
    /// <summary>The embedding by <see cref="RoundToNearest"/>; null where no block divides its rows.</summary>
    public static TableForm? Rounded(ICheckpoint checkpoint, int maxBlock, int bits)
    {
        var a = checkpoint.Architecture;
        var block = QuantizedMatrix.BlockFor(a.Hidden, maxBlock);
        if (block == 0) return null;
        return new TableForm(bits, block, Kept: false, (first, levels, scales) =>
        {
            var values = new float[levels.Length];
            checkpoint.ReadNumbers(CheckpointTensors.Embedding, a.Vocabulary, a.Hidden, first, values);
            return Round(values, levels, scales, block, bits);
        });
    }

    private static QuantizationError Round(float[] values, Memory<sbyte> levels, Memory<float> scales, int block, int bits)
    {
        var errors = new QuantizationError[scales.Length];
        Parallel.For(0, scales.Length, b =>
        {
            var source = values.AsSpan(b * block, block);
            var target = levels.Span.Slice(b * block, block);
            var scale = scales.Span[b] = RoundToNearest.Block(source, target, bits);
            double error = 0, norm = 0;
            for (var i = 0; i < block; i++)
            {
                var d = source[i] - target[i] * scale;
                (error, norm) = (error + d * d, norm + source[i] * (double)source[i]);
            }
            errors[b] = new QuantizationError(error, norm);
        });
        return errors.Aggregate(new QuantizationError(), (sum, e) => sum + e);
    }
}
