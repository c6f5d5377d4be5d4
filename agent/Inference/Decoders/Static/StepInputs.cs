using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Graph;
using EdgeAgent.Inference.Graph.Forms;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeAgent.Inference.Decoders.Static;

/// <summary>
/// The inputs of one graph of fixed sizes, built on the host before each run and sent to the device. Symbols: R rows, S tokens of each
/// row, L positions of the cache, D hidden, KV key/value heads.
/// </summary>
internal sealed class StepInputs : IDisposable
{
    private readonly Architecture _architecture;
    private readonly GraphShape _shape;
    private readonly IDeviceMemory _memory;
    private readonly EmbeddingInput _embeds; // [R, S, D] in the form's precision
    private readonly MirroredBuffer _positions; // int64 [R, S]
    private readonly MirroredBuffer _mask; // bool [R, 1, S, L]
    private readonly MirroredBuffer _writeAt; // int64 [R], or row, head and position of each write [R, KV, S, 3]
    private readonly MirroredBuffer _last; // int64 [1]
    private readonly bool _writesByIndices;

    public StepInputs(Bundle bundle, FormOptions options, GraphShape shape, IDeviceMemory memory)
    {
        (_architecture, _shape, _memory) = (bundle.Manifest.Architecture, shape, memory);
        _writesByIndices = options.Form == GraphForm.TensorRt103;
        long tokens = shape.Rows * shape.Tokens;
        _embeds = new EmbeddingInput(bundle, options.Precision, tokens, memory);
        _positions = new MirroredBuffer(memory, tokens * sizeof(long));
        _mask = new MirroredBuffer(memory, MaskBytes);
        _writeAt = new MirroredBuffer(memory, WriteBytes);
        _last = new MirroredBuffer(memory, sizeof(long));
    }

    private long MaskBytes => (long)_shape.Rows * _shape.Tokens * _shape.CacheLength;

    private long WriteBytes =>
        (_writesByIndices ? (long)_shape.Rows * _shape.Tokens * _architecture.KvHeads * 3 : _shape.Rows) * sizeof(long);

    /// <summary>The tensors over the buffers, by input name. The caller disposes them before this.</summary>
    public IEnumerable<(string Name, OrtValue Value)> Bind()
    {
        long rows = _shape.Rows, tokens = _shape.Tokens;
        yield return (CpuDecoderGraph.Embeds, _embeds.Tensor(rows, tokens));
        yield return (CpuDecoderGraph.Positions, Int64s(_positions, rows, tokens));
        yield return (FormGraph.Mask, _mask.Tensor(TensorElementType.Bool, sizeof(bool), rows, 1, tokens, _shape.CacheLength));
        yield return _writesByIndices
            ? (FormGraph.CacheIndices, Int64s(_writeAt, rows, _architecture.KvHeads, tokens, 3))
            : (FormGraph.WriteAt, Int64s(_writeAt, rows));
        if (tokens > 1) yield return (FormGraph.Last, Int64s(_last, 1));
    }

    /// <summary>One token for each of the first rows; rows behind them see and write the last position of the cache only.</summary>
    public void Step(ReadOnlySpan<int> ids, ReadOnlySpan<int> positions)
    {
        var spare = _shape.CacheLength - 1;
        for (var row = 0; row < _shape.Rows; row++)
        {
            var isUsed = row < ids.Length;
            var at = isUsed ? positions[row] : spare;
            _embeds.Write(row, isUsed ? ids[row] : 0);
            _positions.Span<long>(0, _shape.Rows)[row] = isUsed ? at : 0;
            See(row, isUsed ? 0 : spare, at);
            Write(row, 0, at);
        }
        Upload();
    }

    /// <summary>A chunk of one row from position <paramref name="start"/> on; tokens behind its end are padding.</summary>
    public void Chunk(ReadOnlySpan<int> ids, int start)
    {
        for (var i = 0; i < _shape.Tokens; i++)
        {
            var at = start + i;
            _embeds.Write(i, i < ids.Length ? ids[i] : ids[^1]);
            _positions.Span<long>(0, _shape.Tokens)[i] = at;
            See(i, 0, at);
            if (_writesByIndices || i == 0) Write(0, i, at);
        }
        _last.Span<long>(0, 1)[0] = ids.Length - 1;
        _last.Upload(sizeof(long));
        Upload();
    }

    private void Upload()
    {
        var tokens = _shape.Rows * _shape.Tokens;
        _embeds.Upload(tokens);
        _positions.Upload(tokens * sizeof(long));
        _mask.Upload(MaskBytes);
        _writeAt.Upload(WriteBytes);
        _memory.Finish();
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

    private static OrtValue Int64s(MirroredBuffer buffer, params long[] shape) =>
        buffer.Tensor(TensorElementType.Int64, sizeof(long), shape);

    public void Dispose()
    {
        foreach (var buffer in new IDisposable[] { _embeds, _positions, _mask, _writeAt, _last }) buffer.Dispose();
    }
}
