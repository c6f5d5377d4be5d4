using EdgeAgent.Bundles;
using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Platform;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeAgent.Inference.Decoders.Static;

/// <summary>
/// Keys and values of every layer, [rows, kv_heads, cache length, head_size] each, in host memory and in the form's precision. The
/// same memory is past and present of a graph.
/// </summary>
internal sealed class StaticCache : IDisposable
{
    private readonly Architecture _architecture;
    private readonly int _rows, _length, _size;
    private readonly NativeBuffer[] _tensors; // keys and values in turn
    private readonly TensorElementType _type;

    public StaticCache(Architecture architecture, FormOptions options)
    {
        (_architecture, _rows, _length) = (architecture, options.Rows, options.CacheLength);
        _type = options.Precision == FloatPrecision.Fp16 ? TensorElementType.Float16 : TensorElementType.Float;
        _size = options.Precision == FloatPrecision.Fp16 ? sizeof(ushort) : sizeof(float);
        _tensors = [.. Enumerable.Range(0, 2 * architecture.Layers).Select(_ => new NativeBuffer(RowBytes * _rows))];
    }

    public long Bytes => _tensors.Sum(t => t.Length);

    private long HeadBytes => (long)_length * _architecture.HeadSize * _size;

    private long RowBytes => _architecture.KvHeads * HeadBytes;

    /// <summary>Rows <paramref name="first"/>.. of tensor <paramref name="index"/>: 2 * layer for keys, 2 * layer + 1 for values.</summary>
    public OrtValue Rows(int index, int first, int rows) => OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, _type,
        [rows, _architecture.KvHeads, _length, _architecture.HeadSize], _tensors[index].At(first * RowBytes), rows * RowBytes);

    public void CopyRow(int from, int to, int length)
    {
        if (from == to || length == 0) return;
        var used = length * _architecture.HeadSize * _size;
        foreach (var tensor in _tensors)
            for (var h = 0; h < _architecture.KvHeads; h++)
                tensor.Span<byte>(from * RowBytes + h * HeadBytes, used).CopyTo(tensor.Span<byte>(to * RowBytes + h * HeadBytes, used));
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors) tensor.Dispose();
    }
}
