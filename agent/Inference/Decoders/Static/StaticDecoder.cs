using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Graph.Forms;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders.Static;

/// <summary>What runs a form of fixed sizes.</summary>
/// <param name="Memory">Where the tensors lie.</param>
/// <param name="Session">Session options for a graph's shape: threads, and the provider.</param>
internal sealed record StaticDevice(IDeviceMemory Memory, Func<GraphShape, SessionOptions> Session);

/// <summary>
/// Runs a form of fixed sizes from its exported folder: one graph decodes all rows, one prefills a chunk of one row. Fewer rows or
/// tokens than a graph has are padded: a row without a token writes to the last position of its cache, which no token sees; the
/// padding of a chunk lies behind its tokens, where the next tokens overwrite it. Owns sessions, cache and buffers; the bundle
/// must outlive it. Nothing is allocated per token.
/// </summary>
internal sealed class StaticDecoder : IDecoder
{
    private readonly FormOptions _options;
    private readonly Architecture _architecture;
    private readonly CacheTensors _cache;
    private readonly StepGraph _decode, _prefill;

    /// <param name="graphs">Decode and prefill, as <see cref="FormExport"/> wrote them.</param>
    /// <param name="device">The sessions' options, and where the tensors lie.</param>
    /// <exception cref="Platform.ModelFileException">ONNX Runtime cannot load a graph.</exception>
    public StaticDecoder(Bundle bundle, FormOptions options, IReadOnlyList<ExportedGraph> graphs, StaticDevice device)
    {
        (_options, _architecture) = (options, bundle.Manifest.Architecture);
        _cache = new CacheTensors(_architecture, options.Precision, options.Rows, options.CacheLength, device.Memory);
        try
        {
            _decode = new StepGraph(bundle, options, graphs[0], device, _cache);
            _prefill = new StepGraph(bundle, options, graphs[1], device, _cache);
        }
        catch
        {
            _decode?.Dispose();
            _cache.Dispose();
            throw;
        }
    }

    public int Rows => _options.Rows;
    public int Context => _options.Context;
    public int MaxChunk => Math.Min(_options.Chunk, _options.Context);
    public int Vocabulary => _architecture.Vocabulary;
    public long CacheBytes => _cache.Bytes;

    public ReadOnlySpan<float> Prefill(int row, ReadOnlySpan<int> ids, int start)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        if (ids.Length < 1 || ids.Length > MaxChunk || start < 0 || start + ids.Length > Context)
            throw new ArgumentOutOfRangeException(nameof(ids),
                $"{ids.Length} tokens at {start} do not fit a chunk of {MaxChunk} in a context of {Context}");
        _prefill.Inputs.Chunk(ids, start);
        return _prefill.Run(firstRow: row, rows: 1);
    }

    public ReadOnlySpan<float> Decode(ReadOnlySpan<int> ids, ReadOnlySpan<int> positions)
    {
        if (ids.Length < 1 || ids.Length > Rows || positions.Length != ids.Length)
            throw new ArgumentOutOfRangeException(nameof(ids), $"{ids.Length} ids and {positions.Length} positions for {Rows} rows");
        foreach (var position in positions)
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)Context, nameof(positions));
        _decode.Inputs.Step(ids, positions);
        return _decode.Run(firstRow: 0, ids.Length);
    }

    public void CopyRow(int from, int to, int length) => _cache.CopyRow(from, to, length);

    public int PositionBytes => _cache.PositionBytes;

    public string PositionFormat => $"{GraphKey.NameOf(_options, _options.Shapes[0])} generator {FormGraph.Version}";

    /// <summary>By cache, then by head: [count, head_size] in the form's precision.</summary>
    public void ReadPrefix(int row, int start, int count, Span<byte> to) => _cache.Read(row, start, count, to);

    public void WritePrefix(int row, int start, int count, ReadOnlySpan<byte> from) => _cache.Write(row, start, count, from);

    public void Dispose()
    {
        _decode.Dispose();
        _prefill.Dispose();
        _cache.Dispose();
    }
}
