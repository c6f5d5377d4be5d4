using System.Numerics.Tensors;
using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Graph.Forms;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders;

/// <summary>The embeddings of a run's tokens, [tokens, hidden], looked up by the host in the graph's precision.</summary>
internal sealed class EmbeddingInput : IDisposable
{
    private readonly EmbeddingTable _table;
    private readonly FloatPrecision _precision;
    private readonly MirroredBuffer _buffer;
    private readonly float[] _wide; // one embedding in float32, [hidden]

    public EmbeddingInput(Bundle bundle, FloatPrecision precision, long tokens, IDeviceMemory memory)
    {
        (_table, _precision) = (new EmbeddingTable(bundle), precision);
        _wide = new float[_table.Hidden];
        _buffer = new MirroredBuffer(memory, tokens * RowBytes);
    }

    private int RowBytes => _table.Hidden * CacheTensors.BytesOf(_precision);

    /// <exception cref="ArgumentOutOfRangeException">The vocabulary has no such id.</exception>
    public void Write(int token, int id)
    {
        if (_precision == FloatPrecision.Fp32)
        {
            _table.Read(id, _buffer.Span<float>((long)token * RowBytes, _table.Hidden));
            return;
        }
        _table.Read(id, _wide);
        TensorPrimitives.ConvertToHalf(_wide, _buffer.Span<Half>((long)token * RowBytes, _table.Hidden));
    }

    /// <summary>Sends the first tokens' embeddings to the device.</summary>
    public void Upload(int tokens) => _buffer.Upload((long)tokens * RowBytes);

    /// <summary>[rows, tokens, hidden]; the caller disposes of it before this.</summary>
    public OrtValue Tensor(long rows, long tokens) =>
        _buffer.Tensor(CacheTensors.TypeOf(_precision), CacheTensors.BytesOf(_precision), rows, tokens, _table.Hidden);

    public void Dispose() => _buffer.Dispose();
}
