using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Graph;
using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Platform;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeAgent.Inference.Decoders;

/// <summary>
/// Runs a bundle through a graph of any number of rows and tokens: on the CPU provider <see cref="CpuDecoderGraph"/>, on CUDA its form in
/// half precision (<see cref="FlexibleForm"/>). Owns the session, the cache and the buffers bound to it; the bundle must outlive it.
/// Nothing is allocated per token; on a device, the logits of a step come back in one copy.
/// </summary>
internal sealed class OnnxDecoder : IDecoder
{
    private readonly Architecture _architecture;
    private readonly IDeviceMemory _memory;
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly CacheTensors _cache; // [rows, kv_heads, context, head_size] for keys and values of each layer
    private readonly EmbeddingInput _embeds; // [max(rows, chunk), hidden]
    private readonly MirroredBuffer _logits; // float32 [rows, vocabulary], or [chunk, vocabulary] with all logits
    private readonly MirroredBuffer _seqLens; // int32 [rows], the length before the new token
    private readonly MirroredBuffer _positions; // int64 [max(rows, chunk)], used when the graph rotates outside attention
    private readonly NativeBuffer _totalLength = new(sizeof(int)); // int32 []; every provider reads it on the host
    private readonly OrtValue _totalLengthValue;
    private readonly bool _allLogits;
    private readonly List<OrtValue> _values = [];
    private readonly OrtIoBinding?[] _decode; // by number of rows
    private readonly OrtIoBinding?[] _prefill; // by row
    private readonly OrtValue?[] _chunkEmbeds, _chunkPositions, _chunkLogits; // by number of tokens

    /// <param name="form">Null: the cpu form.</param>
    /// <exception cref="ModelFileException">ONNX Runtime cannot load the bundle.</exception>
    /// <exception cref="StudentMemoryException">It does not fit into the memory it may use.</exception>
    public OnnxDecoder(Bundle bundle, DecoderOptions options, FlexibleForm? form = null)
    {
        form ??= FlexibleForm.Cpu(bundle, options);
        (_architecture, _memory) = (bundle.Manifest.Architecture, form.Memory);
        Rows = options.Rows;
        Context = CacheBudget.Context(Need(form, options), options.CacheLimit, _memory.FreeBytes ?? options.FreeMemory());
        MaxChunk = Math.Min(options.Chunk, Context);
        PositionFormat = $"{form.Format} {(form.Precision == FloatPrecision.Fp16 ? "float16" : "float32")} {_architecture.Layers} x " +
            $"{_architecture.KvHeads} x {_architecture.HeadSize}";
        _session = form.Session(Context);
        _cache = new CacheTensors(_architecture, form.Precision, Rows, Context, _memory);
        var tokens = Math.Max(Rows, MaxChunk);
        _embeds = new EmbeddingInput(bundle, form.Precision, tokens, _memory);
        _allLogits = options.AllLogits;
        _logits = new MirroredBuffer(_memory, (long)(_allLogits ? MaxChunk : Rows) * Vocabulary * sizeof(float));
        _seqLens = new MirroredBuffer(_memory, Rows * sizeof(int));
        _positions = new MirroredBuffer(_memory, (long)tokens * sizeof(long));
        _totalLengthValue = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, TensorElementType.Int32, [],
            _totalLength.At(0), sizeof(int));
        _decode = new OrtIoBinding?[Rows + 1];
        _prefill = new OrtIoBinding?[Rows];
        _chunkEmbeds = new OrtValue?[MaxChunk + 1];
        _chunkPositions = new OrtValue?[MaxChunk + 1];
        _chunkLogits = new OrtValue?[MaxChunk + 1];
    }

    public int Rows { get; }
    public int Context { get; }
    public int MaxChunk { get; }
    public int Vocabulary => _architecture.Vocabulary;

    /// <summary>The memory that a bundle needs with these options on the CPU.</summary>
    public static StudentNeed Need(Bundle bundle, DecoderOptions options)
    {
        var a = bundle.Manifest.Architecture;
        return new StudentNeed(bundle.Weights.Length, CacheTensors.PositionBytesOf(a, sizeof(float)), options.Rows,
            options.ContextOf(a.Context), options.Context > 0, options.PrefixBytes);
    }

    private StudentNeed Need(FlexibleForm form, DecoderOptions options) => new(form.WeightBytes,
        CacheTensors.PositionBytesOf(_architecture, CacheTensors.BytesOf(form.Precision)), options.Rows,
        options.ContextOf(_architecture.Context), options.Context > 0, options.PrefixBytes);

    /// <summary>Bytes of all caches.</summary>
    public long CacheBytes => _cache.Bytes;

    public ReadOnlySpan<float> Prefill(int row, ReadOnlySpan<int> ids, int start)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        if (ids.Length < 1 || ids.Length > MaxChunk || start < 0 || start + ids.Length > Context)
            throw new ArgumentOutOfRangeException(nameof(ids),
                $"{ids.Length} tokens at {start} do not fit a chunk of {MaxChunk} in a context of {Context}");
        Embed(ids);
        _seqLens.Span<int>(0, 1)[0] = start + ids.Length - 1;
        var binding = _prefill[row] ??= Bind(firstRow: row, rows: 1);
        binding.BindInput(CpuDecoderGraph.Embeds, _chunkEmbeds[ids.Length] ??= Own(_embeds.Tensor(1, ids.Length)));
        if (CpuDecoderGraph.NeedsPositions(_architecture))
        {
            var positions = _positions.Span<long>(0, ids.Length);
            for (var i = 0; i < ids.Length; i++) positions[i] = start + i;
            _positions.Upload(ids.Length * sizeof(long));
            binding.BindInput(CpuDecoderGraph.Positions, _chunkPositions[ids.Length] ??= Positions(1, ids.Length));
        }
        if (_allLogits)
            binding.BindOutput(CpuDecoderGraph.Logits, _chunkLogits[ids.Length] ??= Logits(1, ids.Length, Vocabulary));
        return Run(binding, rows: 1, start + ids.Length, (_allLogits ? ids.Length : 1) * Vocabulary);
    }

    public ReadOnlySpan<float> Decode(ReadOnlySpan<int> ids, ReadOnlySpan<int> positions)
    {
        var rows = ids.Length;
        if (rows < 1 || rows > Rows || positions.Length != rows)
            throw new ArgumentOutOfRangeException(nameof(ids), $"{rows} ids and {positions.Length} positions for {Rows} rows");
        var maxLength = 0;
        foreach (var position in positions)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)Context, nameof(positions));
            maxLength = Math.Max(maxLength, position + 1);
        }
        Embed(ids);
        positions.CopyTo(_seqLens.Span<int>(0, rows)); // seqlens_k is the length after this token, less one
        var binding = _decode[rows];
        if (binding is null)
        {
            binding = _decode[rows] = Bind(firstRow: 0, rows);
            binding.BindInput(CpuDecoderGraph.Embeds, Own(_embeds.Tensor(rows, 1)));
            if (CpuDecoderGraph.NeedsPositions(_architecture)) binding.BindInput(CpuDecoderGraph.Positions, Positions(rows, 1));
        }
        if (CpuDecoderGraph.NeedsPositions(_architecture))
        {
            for (var i = 0; i < rows; i++) _positions.Span<long>(0, rows)[i] = positions[i];
            _positions.Upload(rows * sizeof(long));
        }
        return Run(binding, rows, maxLength, rows * Vocabulary);
    }

    /// <summary>Sends the inputs, runs, and fetches the logits in one copy.</summary>
    private ReadOnlySpan<float> Run(OrtIoBinding binding, int rows, int totalLength, int logits)
    {
        _totalLength.Span<int>(0, 1)[0] = totalLength;
        // beside a device, ONNX Runtime may have copied a host tensor when it was bound
        if (!_memory.IsHost) binding.BindInput(CpuDecoderGraph.TotalLength, _totalLengthValue);
        _seqLens.Upload(rows * sizeof(int));
        _memory.Finish();
        _session.RunWithBinding(_run, binding);
        _logits.Download((long)logits * sizeof(float));
        return _logits.Span<float>(0, logits);
    }

    public void CopyRow(int from, int to, int length) => _cache.CopyRow(from, to, length);

    public int PositionBytes => _cache.PositionBytes;

    public string PositionFormat { get; }

    /// <summary>By cache, then by head: [count, head_size] in the form's precision.</summary>
    public void ReadPrefix(int row, int start, int count, Span<byte> to) => _cache.Read(row, start, count, to);

    public void WritePrefix(int row, int start, int count, ReadOnlySpan<byte> from) => _cache.Write(row, start, count, from);

    /// <summary>Looks the ids' embeddings up into the bound input: [ids, hidden].</summary>
    private void Embed(ReadOnlySpan<int> ids)
    {
        for (var i = 0; i < ids.Length; i++) _embeds.Write(i, ids[i]);
        _embeds.Upload(ids.Length);
    }

    /// <summary>Binds caches (the same memory as past and present), lengths and logits for rows firstRow..firstRow+rows-1.</summary>
    private OrtIoBinding Bind(int firstRow, int rows)
    {
        var binding = _session.CreateIoBinding();
        for (var layer = 0; layer < _architecture.Layers; layer++)
        {
            var key = Own(_cache.Rows(2 * layer, firstRow, rows));
            var value = Own(_cache.Rows(2 * layer + 1, firstRow, rows));
            binding.BindInput(CpuDecoderGraph.PastKey(layer), key);
            binding.BindOutput(CpuDecoderGraph.PresentKey(layer), key);
            binding.BindInput(CpuDecoderGraph.PastValue(layer), value);
            binding.BindOutput(CpuDecoderGraph.PresentValue(layer), value);
        }
        binding.BindInput(CpuDecoderGraph.SeqLens, Own(_seqLens.Tensor(TensorElementType.Int32, sizeof(int), rows)));
        binding.BindInput(CpuDecoderGraph.TotalLength, _totalLengthValue);
        if (!_allLogits) binding.BindOutput(CpuDecoderGraph.Logits, Logits(rows, Vocabulary));
        return binding;
    }

    private OrtValue Logits(params long[] shape) => Own(_logits.Tensor(TensorElementType.Float, sizeof(float), shape));

    private OrtValue Positions(long rows, long tokens) =>
        Own(_positions.Tensor(TensorElementType.Int64, sizeof(long), rows, tokens));

    /// <summary>Disposed of before the memory it lies over.</summary>
    private OrtValue Own(OrtValue value)
    {
        _values.Add(value);
        return value;
    }

    public void Dispose()
    {
        foreach (var binding in _decode.Concat(_prefill)) binding?.Dispose();
        foreach (var value in _values.Append(_totalLengthValue)) value.Dispose();
        _run.Dispose();
        _session.Dispose();
        foreach (var owned in new IDisposable[] { _cache, _embeds, _logits, _seqLens, _positions, _totalLength }) owned.Dispose();
    }
}
