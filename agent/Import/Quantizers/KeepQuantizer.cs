using EdgeAgent.Bundles;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Quantizers;

/// <summary>
/// The grid the source already has, without a second rounding: 4 or 8 bits in blocks of 32 with an offset. Linears without a
/// grid are rounded to 8 bits.
/// </summary>
internal sealed class KeepQuantizer : IQuantizer
{
    public string Name => Quantization.Keep;
    public string Description => "the source's own 4-bit grid";
    public int? FixedBlock => QuantizedMatrix.MinBlock;
    public bool RoundsAgain => false;

    public void Check(ICheckpoint checkpoint)
    {
        if (LinearSource.All(checkpoint).All(l => l.Grid != BlockGrid.FourBits))
            throw new ModelFileException(checkpoint.Name, "linears on a 4-bit grid (Q4_0, Q4_1, Q4_K) to keep",
                $"none: quantize it by {Quantization.RoundToNearest} or {Quantization.Gptq}");
    }

    /// <summary>
    /// The table on the source's grid. Blocks with an offset have no table: the embedding stays in floats beside a head with offsets.
    /// </summary>
    public TableForm? Table(ICheckpoint checkpoint, int maxBlock, int headBits)
    {
        var a = checkpoint.Architecture;
        if (QuantizedMatrix.BlockFor(a.Hidden, maxBlock) is not (var block and > 0)) return null;
        var grid = checkpoint.Grid(CheckpointTensors.Embedding);
        if (grid == BlockGrid.None) return TableForm.Rounded(checkpoint, maxBlock, bits: 8);
        return LinearSource.Stripes(a.Vocabulary, a.Hidden).All(s => ReadRows(s.First, new sbyte[s.Count * a.Hidden],
            new float[s.Count * (a.Hidden / block)]))
            ? new TableForm(grid == BlockGrid.FourBits ? 4 : 8, block, Kept: true, (first, levels, scales) =>
            {
                ReadRows(first, levels, scales);
                return default;
            })
            : null;

        bool ReadRows(int first, Memory<sbyte> levels, Memory<float> scales) // whether no block has an offset
        {
            var offsets = new float[scales.Length];
            checkpoint.ReadGrid(CheckpointTensors.Embedding, a.Vocabulary, a.Hidden, first, levels, scales, offsets);
            checkpoint.RequireFinite(CheckpointTensors.Embedding, first, a.Hidden / block, scales.Span);
            return !offsets.AsSpan().ContainsAnyExcept(0f);
        }
    }

    public QuantizedForm? Form(LinearSource source, int maxBlock, int headBits)
    {
        var block = QuantizedMatrix.BlockFor(source.K, maxBlock);
        if (block == 0) return null;
        return source.Grid switch
        {
            BlockGrid.None => RoundToNearestQuantizer.EightBits(source, block),
            BlockGrid.FourBits when source.N % 2 != 0 => null,
            var grid => new QuantizedForm(grid == BlockGrid.FourBits ? 4 : 8, block, HasOffsets: true, (matrix, _) =>
            {
                Copy(source, matrix);
                return default;
            }),
        };
    }

    private static void Copy(LinearSource source, QuantizedMatrix matrix)
    {
        var blocks = source.K / matrix.Block;
        foreach (var (first, count) in source.Stripes())
        {
            var levels = new sbyte[count * source.K];
            var scales = new float[count * blocks];
            var offsets = new float[count * blocks];
            source.ReadGrid(first, count, levels, scales, offsets);
            matrix.SetColumns(first, count, LinearSource.Transpose(levels, count, source.K, 0, source.K));
            for (var b = 0; b < blocks; b++)
                for (var c = 0; c < count; c++)
                    (matrix.Scales[(long)b * matrix.N + first + c],
                        matrix.Offsets![(long)b * matrix.N + first + c]) = (scales[c * blocks + b], offsets[c * blocks + b]);
        }
    }
}
