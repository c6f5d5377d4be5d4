using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;

namespace EdgeAgent.Inference.Decoders;

/// <summary>
/// Looks embeddings up in a bundle's mapped weights: float rows, or rows of 8- or 4-bit levels that are dequantized on the way. Reads
/// only the pages of the rows it is asked for. The bundle must outlive it.
/// </summary>
internal sealed class EmbeddingTable
{
    private readonly SafetensorsFile _weights;
    private readonly EmbeddingLayout _layout;
    private readonly SafetensorsEntry _rows; // [V, D] floats, or U8 [V, D * bits / 8]
    private readonly SafetensorsEntry? _scales; // float32 [V, D / block]

    public EmbeddingTable(Bundle bundle)
    {
        (_weights, _layout) = (bundle.Weights, bundle.Embedding);
        (Vocabulary, Hidden) = (bundle.Manifest.Architecture.Vocabulary, bundle.Manifest.Architecture.Hidden);
        _rows = _weights.Entry(_layout.IsTable ? WeightNames.EmbeddingRows(_layout.Bits) : WeightNames.Embedding);
        _scales = _layout.IsTable ? _weights.Entry(WeightNames.Scale(WeightNames.Embedding)) : null;
    }

    public int Vocabulary { get; }
    public int Hidden { get; }

    /// <param name="row">[hidden]</param>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary has no such id.</exception>
    public void Read(int id, Span<float> row)
    {
        if ((uint)id >= (uint)Vocabulary) throw new ArgumentOutOfRangeException(nameof(id), $"token id {id} outside 0..{Vocabulary - 1}");
        if (_scales is null)
        {
            _weights.ReadFloats(_rows, (long)id * Hidden, row);
            return;
        }
        int bytes = Hidden * _layout.Bits / 8, blocks = Hidden / _layout.Block;
        var levels = _weights.Bytes(_rows, (long)id * bytes, bytes);
        var scales = MemoryMarshal.Cast<byte, float>(_weights.Bytes(_scales, (long)id * blocks * sizeof(float), blocks * sizeof(float)));
        for (var b = 0; b < blocks; b++)
        {
            var target = row.Slice(b * _layout.Block, _layout.Block);
            if (_layout.Bits == 8) Eight(levels.Slice(b * _layout.Block, _layout.Block), scales[b], target);
            else Four(levels.Slice(b * _layout.Block / 2, _layout.Block / 2), scales[b], target);
        }
    }

    private static void Eight(ReadOnlySpan<byte> levels, float scale, Span<float> target)
    {
        for (var i = 0; i < target.Length; i++) target[i] = (levels[i] - 128) * scale;
    }

    private static void Four(ReadOnlySpan<byte> levels, float scale, Span<float> target)
    {
        for (var i = 0; i < levels.Length; i++)
            (target[2 * i], target[2 * i + 1]) = (((levels[i] & 15) - 8) * scale, ((levels[i] >> 4) - 8) * scale);
    }
}
