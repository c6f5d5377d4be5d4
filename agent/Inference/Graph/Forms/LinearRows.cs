using System.Numerics.Tensors;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>
/// Reads a linear [K, N] of a bundle in float32, a row at a time and in any storage: float32, INT4 or INT8 blocks, with or without
/// offsets.
/// </summary>
internal sealed class LinearRows
{
    private readonly SafetensorsFile _weights;
    private readonly SafetensorsEntry _values;
    private readonly SafetensorsEntry? _scale, _offset;
    private readonly int _block, _bits;
    private readonly float[] _scales, _offsets; // of the block that was read last, [N]
    private int _blockRead = -1;

    public LinearRows(Bundle bundle, string name, int k, int n)
    {
        _weights = bundle.Weights;
        var entries = _weights.Entries;
        _bits = entries.ContainsKey(WeightNames.Float(name)) ? 32 : entries.ContainsKey(WeightNames.Int8(name)) ? 8 : 4;
        _values = _weights.Entry(_bits switch
        {
            32 => WeightNames.Float(name),
            8 => WeightNames.Int8(name),
            _ => WeightNames.Int4(name),
        });
        _scales = new float[n];
        _offsets = new float[n];
        if (_bits == 32) return;
        _block = QuantizedMatrix.BlockFor(k, bundle.Manifest.Quantization.Block);
        _scale = _weights.Entry(WeightNames.Scale(name));
        _offset = entries.GetValueOrDefault(WeightNames.Offset(name));
    }

    /// <summary>Row <paramref name="k"/>: the N weights of one input.</summary>
    public void Read(int k, Span<float> row)
    {
        var n = row.Length;
        if (_bits == 32)
        {
            _weights.ReadFloats(_values, (long)k * n, row);
            return;
        }
        if (k / _block != _blockRead)
        {
            _blockRead = k / _block;
            _weights.ReadFloats(_scale!, (long)_blockRead * n, _scales);
            if (_offset is not null) _weights.ReadFloats(_offset, (long)_blockRead * n, _offsets);
        }
        Levels(k, row);
        TensorPrimitives.Multiply<float>(row, _scales, row);
        if (_offset is not null) TensorPrimitives.Add<float>(row, _offsets, row);
    }

    private void Levels(int k, Span<float> row)
    {
        var bytes = _weights.Bytes(_values, (long)k * row.Length * _bits / 8, row.Length * _bits / 8);
        if (_bits == 8)
        {
            for (var i = 0; i < row.Length; i++) row[i] = (sbyte)bytes[i];
            return;
        }
        for (var i = 0; i < bytes.Length; i++)
        {
            row[2 * i] = ((bytes[i] & 15) ^ 8) - 8;
            row[2 * i + 1] = ((bytes[i] >> 4) ^ 8) - 8;
        }
    }
}
