using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Inference.Decoders;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>
/// The head of a tied student: the embedding's table [V, D]. MatMulNBits takes it as it is stored; elsewhere it is dequantized, row by
/// row, and turned by the graph.
/// </summary>
internal static class TiedHead
{
    /// <summary>[V, D] in the graph's precision: the transpose of a linear.</summary>
    public const string Rows = WeightNames.Head + ".rows";

    /// <summary>Values and scales in the layout of MatMulNBits.</summary>
    public static IEnumerable<SafetensorsTensor> Blocks(Bundle bundle, FloatPrecision precision)
    {
        var (a, table, weights) = (bundle.Manifest.Architecture, bundle.Embedding, bundle.Weights);
        var blocks = a.Hidden / table.Block;
        var levels = weights.Entry(WeightNames.EmbeddingRows(table.Bits));
        yield return new SafetensorsTensor(BlockLayout.Packed(WeightNames.Head), SafetensorsType.U8,
            [a.Vocabulary, blocks, table.Block * table.Bits / 8], stream =>
            {
                var row = a.Hidden * table.Bits / 8;
                for (var i = 0L; i < a.Vocabulary; i++) stream.Write(weights.Bytes(levels, i * row, row));
            });
        var scale = weights.Entry(WeightNames.Scale(WeightNames.Embedding));
        yield return new SafetensorsTensor(BlockLayout.Scales(WeightNames.Head), DeviceWeights.TypeOf(precision),
            [(long)a.Vocabulary * blocks], stream =>
            {
                var scales = new float[blocks];
                for (var i = 0L; i < a.Vocabulary; i++)
                {
                    weights.ReadFloats(scale, i * blocks, scales);
                    DeviceWeights.Write(stream, scales, precision);
                }
            });
    }

    public static SafetensorsTensor Dequantized(Bundle bundle, FloatPrecision precision)
    {
        var a = bundle.Manifest.Architecture;
        return new SafetensorsTensor(Rows, DeviceWeights.TypeOf(precision), [a.Vocabulary, a.Hidden], stream =>
        {
            var table = new EmbeddingTable(bundle);
            var row = new float[a.Hidden];
            for (var i = 0; i < a.Vocabulary; i++)
            {
                table.Read(i, row);
                DeviceWeights.Write(stream, row, precision);
            }
        });
    }
}
