using System.Numerics.Tensors;
using EdgeAgent.Bundles;
using EdgeAgent.Inference.Graph;
using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Platform;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeAgent.Inference.Decoders.Static;

/// <summary>
/// The inputs of one graph of fixed sizes, built on the host before each run. Symbols: R rows, S tokens of each row, L positions
/// of the cache, D hidden, KV key/value heads.
/// </summary>
internal sealed class StepInputs : IDisposable
{
    private readonly Architecture _architecture;
    private readonly GraphShape _shape;
    private readonly bool _isHalf;
    private readonly EmbeddingTable _embedding;
    private readonly float[] _wide; // one embedding in float32, [D]
    private readonly NativeBuffer _embeds; // [R, S, D] in the form's precision
    private readonly NativeBuffer _positions; // int64 [R, S]
    private readonly NativeBuffer _mask; // bool [R, 1, S, L]
    private readonly NativeBuffer _writeAt; // int64 [R], or row, head and position of each write [R, KV, S, 3]
    private readonly NativeBuffer _last = new(sizeof(long)); // int64 [1]
    private readonly bool _writesByIndices;

    public StepInputs(Bundle bundle, FormOptions options, GraphShape shape)
    {
        (_architecture, _shape, _embedding) = (bundle.Manifest.Architecture, shape, new EmbeddingTable(bundle));
        _isHalf = options.Precision == FloatPrecision.Fp16;
        _writesByIndices = options.Form == GraphForm.TensorRt103;
        _wide = new float[_architecture.Hidden];
        long tokens = shape.Rows * shape.Tokens;
        _embeds = new NativeBuffer(tokens * _architecture.Hidden * (_isHalf ? sizeof(ushort) : sizeof(float)));
        _positions = new NativeBuffer(tokens * sizeof(long));
        _mask = new NativeBuffer(tokens * shape.CacheLength);
        _writeAt = new NativeBuffer((_writesByIndices ? tokens * _architecture.KvHeads * 3 : shape.Rows) * sizeof(long));
    }

    /// <summary>The tensors over the buffers, by input name. The caller disposes them before this.</summary>
    public IEnumerable<(string Name, OrtValue Value)> Bind()
    {
        long rows = _shape.Rows, tokens = _shape.Tokens;
        var floats = _isHalf ? TensorElementType.Float16 : TensorElementType.Float;
        yield return (CpuDecoderGraph.Embeds, Over(_embeds, floats, rows, tokens, _architecture.Hidden));
        yield return (CpuDecoderGraph.Positions, Over(_positions, TensorElementType.Int64, rows, tokens));
        yield return (FormGraph.Mask, Over(_mask, TensorElementType.Bool, rows, 1, tokens, _shape.CacheLength));
        yield return _writesByIndices
            ? (FormGraph.CacheIndices, Over(_writeAt, TensorElementType.Int64, rows, _architecture.KvHeads, tokens, 3))
            : (FormGraph.WriteAt, Over(_writeAt, TensorElementType.Int64, rows));
        if (tokens > 1) yield return (FormGraph.Last, Over(_last, TensorElementType.Int64, 1));
    }

    /// <summary>One token for each of the first rows; rows behind them see and write the last position of the cache only.</summary>
    public void Step(ReadOnlySpan<int> ids, ReadOnlySpan<int> positions)
    {
        var spare = _shape.CacheLength - 1;
        for (var row = 0; row < _shape.Rows; row++)
        {
            var isUsed = row < ids.Length;
            var at = isUsed ? positions[row] : spare;
            Embed(isUsed ? ids[row] : 0, row);
            _positions.Span<long>(0, _shape.Rows)[row] = isUsed ? at : 0;
            See(row, isUsed ? 0 : spare, at);
            Write(row, 0, at);
        }
    }

    /// <summary>A chunk of one row from position <paramref name="start"/> on; tokens behind its end are padding.</summary>
    public void Chunk(ReadOnlySpan<int> ids, int start)
    {
        for (var i = 0; i < _shape.Tokens; i++)
        {
            var at = start + i;
            Embed(i < ids.Length ? ids[i] : ids[^1], i);
            _positions.Span<long>(0, _shape.Tokens)[i] = at;
            See(i, 0, at);
            if (_writesByIndices || i == 0) Write(0, i, at);
        }
        _last.Span<long>(0, 1)[0] = ids.Length - 1;
    }

    private void Embed(int id, int token)
    {
        var hidden = _architecture.Hidden;
        if (!_isHalf)
        {
            _embedding.Read(id, _embeds.Span<float>((long)token * hidden * sizeof(float), hidden));
            return;
        }
        _embedding.Read(id, _wide);
        TensorPrimitives.ConvertToHalf(_wide, _embeds.Span<Half>((long)token * hidden * sizeof(ushort), hidden));
    }

    /// <summary>Lets a token see positions first..last.</summary>
    private void See(int token, int first, int last)
    {
        var mask = _mask.Span<bool>((long)token * _shape.CacheLength, _shape.CacheLength);
        mask[..first].Clear();
        mask[first..(last + 1)].Fill(true);
        mask[(last + 1)..].Clear();
    }

    private void Write(int row, int token, int at)
    {
        if (!_writesByIndices)
        {
            _writeAt.Span<long>(0, _shape.Rows)[row] = at;
            return;
        }
        for (var head = 0; head < _architecture.KvHeads; head++)
        {
            var index = ((row * _architecture.KvHeads + head) * _shape.Tokens + token) * 3L;
            var triple = _writeAt.Span<long>(index * sizeof(long), 3);
            (triple[0], triple[1], triple[2]) = (row, head, at);
        }
    }

    private static OrtValue Over(NativeBuffer buffer, TensorElementType type, params long[] shape) =>
        OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, buffer.At(0), buffer.Length);

    public void Dispose()
    {
        foreach (var buffer in new[] { _embeds, _positions, _mask, _writeAt, _last }) buffer.Dispose();
    }
}
