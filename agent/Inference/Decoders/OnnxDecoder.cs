using EdgeAgent.Bundles;
using EdgeAgent.Inference.Graph;
using EdgeAgent.Platform;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeAgent.Inference.Decoders;

/// <summary>
/// Runs a bundle on the CPU, through <see cref="CpuDecoderGraph"/>. Owns the session, the cache (for every layer's keys and
/// values float32 [rows, kv_heads, context, head_size]) and the buffers bound to it; the bundle must outlive it. Nothing is
/// allocated per token.
/// </summary>
internal sealed class OnnxDecoder : IDecoder
{
    private readonly Architecture _architecture;
    private readonly EmbeddingTable _embedding;
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly OrtMemoryInfo _memory = OrtMemoryInfo.DefaultInstance;
    private readonly NativeBuffer[] _caches; // keys and values of each layer, float32 [rows, kv_heads, context, head_size]
    private readonly NativeBuffer _embeds; // float32 [max(rows, chunk), hidden]
    private readonly NativeBuffer _logits; // float32 [rows, vocabulary], or [chunk, vocabulary] with all logits
    private readonly NativeBuffer _seqLens, _totalLength; // int32 [rows], the length before the new token; int32 []
    private readonly NativeBuffer _positions; // int64 [max(rows, chunk)], used when the graph rotates outside attention
    private readonly bool _allLogits;
    private readonly List<OrtValue> _values = [];
    private readonly OrtIoBinding?[] _decode; // by number of rows
    private readonly OrtIoBinding?[] _prefill; // by row
    private readonly OrtValue?[] _chunkEmbeds, _chunkPositions, _chunkLogits; // by number of tokens

    public OnnxDecoder(Bundle bundle, DecoderOptions options)
    {
        _architecture = bundle.Manifest.Architecture;
        _embedding = new EmbeddingTable(bundle);
        Rows = options.Rows;
        Context = CacheBudget.Context(Need(bundle, options), options.CacheLimit, options.FreeMemory());
        MaxChunk = Math.Min(options.Chunk, Context);
        PositionFormat = $"cpu {CpuDecoderGraph.Version} level {options.AccuracyLevel} float32 {_architecture.Layers} x " +
            $"{_architecture.KvHeads} x {_architecture.HeadSize}";
        _session = CpuSession.Create(bundle, options, Context);
        _caches = [.. Enumerable.Range(0, 2 * _architecture.Layers).Select(_ => new NativeBuffer(RowBytes * Rows))];
        _embeds = new NativeBuffer((long)Math.Max(Rows, MaxChunk) * _architecture.Hidden * sizeof(float));
        _allLogits = options.AllLogits;
        _logits = new NativeBuffer((long)(_allLogits ? MaxChunk : Rows) * Vocabulary * sizeof(float));
        _seqLens = new NativeBuffer(Rows * sizeof(int));
        _totalLength = new NativeBuffer(sizeof(int));
        _positions = new NativeBuffer((long)Math.Max(Rows, MaxChunk) * sizeof(long));
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

    /// <summary>The memory that a bundle needs with these options.</summary>
    public static StudentNeed Need(Bundle bundle, DecoderOptions options)
    {
        var a = bundle.Manifest.Architecture;
        return new StudentNeed(bundle.Weights.Length, 2L * a.Layers * a.KvHeads * a.HeadSize * sizeof(float), options.Rows,
            options.ContextOf(a.Context), options.Context > 0);
    }

    /// <summary>Bytes of one row in one cache.</summary>
    private long RowBytes => (long)_architecture.KvHeads * Context * _architecture.HeadSize * sizeof(float);

    /// <summary>Bytes of all caches.</summary>
    public long CacheBytes => _caches.Sum(c => c.Length);

    public ReadOnlySpan<float> Prefill(int row, ReadOnlySpan<int> ids, int start)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        if (ids.Length < 1 || ids.Length > MaxChunk || start < 0 || start + ids.Length > Context)
            throw new ArgumentOutOfRangeException(nameof(ids),
                $"{ids.Length} tokens at {start} do not fit a chunk of {MaxChunk} in a context of {Context}");
        Embed(ids);
        _seqLens.Span<int>(0, 1)[0] = start + ids.Length - 1;
        _totalLength.Span<int>(0, 1)[0] = start + ids.Length;
        var binding = _prefill[row] ??= Bind(firstRow: row, rows: 1);
        binding.BindInput(CpuDecoderGraph.Embeds, _chunkEmbeds[ids.Length] ??= Floats(_embeds, 0, 1, ids.Length, _architecture.Hidden));
        if (CpuDecoderGraph.NeedsPositions(_architecture))
        {
            var positions = _positions.Span<long>(0, ids.Length);
            for (var i = 0; i < ids.Length; i++) positions[i] = start + i;
            binding.BindInput(CpuDecoderGraph.Positions, _chunkPositions[ids.Length] ??= Int64s(_positions, 1, ids.Length));
        }
        if (_allLogits)
            binding.BindOutput(CpuDecoderGraph.Logits, _chunkLogits[ids.Length] ??= Floats(_logits, 0, 1, ids.Length, Vocabulary));
        _session.RunWithBinding(_run, binding);
        return _logits.Span<float>(0, (_allLogits ? ids.Length : 1) * Vocabulary);
    }

    public ReadOnlySpan<float> Decode(ReadOnlySpan<int> ids, ReadOnlySpan<int> positions)
    {
        var rows = ids.Length;
        if (rows < 1 || rows > Rows || positions.Length != rows)
            throw new ArgumentOutOfRangeException(nameof(ids), $"{rows} ids and {positions.Length} positions for {Rows} rows");
        Embed(ids);
        var maxLength = 0;
        foreach (var position in positions)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)Context, nameof(positions));
            maxLength = Math.Max(maxLength, position + 1);
        }
        for (var i = 0; i < rows; i++) _positions.Span<long>(0, rows)[i] = positions[i];
        positions.CopyTo(_seqLens.Span<int>(0, rows)); // seqlens_k is the length after this token, less one
        _totalLength.Span<int>(0, 1)[0] = maxLength;
        var binding = _decode[rows];
        if (binding is null)
        {
            binding = _decode[rows] = Bind(firstRow: 0, rows);
            binding.BindInput(CpuDecoderGraph.Embeds, Floats(_embeds, 0, rows, 1, _architecture.Hidden));
            if (CpuDecoderGraph.NeedsPositions(_architecture)) binding.BindInput(CpuDecoderGraph.Positions, Int64s(_positions, rows, 1));
        }
        _session.RunWithBinding(_run, binding);
        return _logits.Span<float>(0, rows * Vocabulary);
    }

    public void CopyRow(int from, int to, int length)
    {
        if (from == to || length == 0) return;
        var head = (long)Context * _architecture.HeadSize * sizeof(float);
        var used = length * _architecture.HeadSize;
        foreach (var cache in _caches)
            for (var h = 0; h < _architecture.KvHeads; h++)
                cache.Span<float>(from * RowBytes + h * head, used).CopyTo(cache.Span<float>(to * RowBytes + h * head, used));
    }

    public int PositionBytes => 2 * _architecture.Layers * _architecture.KvHeads * _architecture.HeadSize * sizeof(float);

    public string PositionFormat { get; }

    /// <summary>By cache, then by head: float32 [count, head_size].</summary>
    public void ReadPrefix(int row, int start, int count, Span<byte> to)
    {
        for (var i = 0; i < _caches.Length * _architecture.KvHeads; i++)
        {
            var part = Positions(row, start, count, i);
            part.CopyTo(to.Slice(i * part.Length, part.Length));
        }
    }

    public void WritePrefix(int row, int start, int count, ReadOnlySpan<byte> from)
    {
        for (var i = 0; i < _caches.Length * _architecture.KvHeads; i++)
        {
            var part = Positions(row, start, count, i);
            from.Slice(i * part.Length, part.Length).CopyTo(part);
        }
    }

    /// <summary>Positions of a row in one head of one cache, counted through all caches: [count, head_size].</summary>
    private Span<byte> Positions(int row, int start, int count, int head)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        if (start < 0 || count < 1 || start + count > Context)
            throw new ArgumentOutOfRangeException(nameof(count), $"{count} positions at {start} in a context of {Context}");
        var size = _architecture.HeadSize * sizeof(float);
        var (cache, inCache) = Math.DivRem(head, _architecture.KvHeads);
        return _caches[cache].Span<byte>(row * RowBytes + ((long)inCache * Context + start) * size, count * size);
    }

    /// <summary>Looks the ids' embeddings up into the bound input: [ids, hidden].</summary>
    private void Embed(ReadOnlySpan<int> ids)
    {
        var hidden = _architecture.Hidden;
        var target = _embeds.Span<float>(0, ids.Length * hidden);
        for (var i = 0; i < ids.Length; i++) _embedding.Read(ids[i], target.Slice(i * hidden, hidden));
    }

    /// <summary>Binds caches (the same memory as past and present), lengths and logits for rows firstRow..firstRow+rows-1.</summary>
    private OrtIoBinding Bind(int firstRow, int rows)
    {
        var binding = _session.CreateIoBinding();
        for (var layer = 0; layer < _architecture.Layers; layer++)
        {
            var key = CacheRows(_caches[2 * layer], firstRow, rows);
            var value = CacheRows(_caches[2 * layer + 1], firstRow, rows);
            binding.BindInput(CpuDecoderGraph.PastKey(layer), key);
            binding.BindOutput(CpuDecoderGraph.PresentKey(layer), key);
            binding.BindInput(CpuDecoderGraph.PastValue(layer), value);
            binding.BindOutput(CpuDecoderGraph.PresentValue(layer), value);
        }
        binding.BindInput(CpuDecoderGraph.SeqLens, Int32s(_seqLens, rows));
        binding.BindInput(CpuDecoderGraph.TotalLength, Int32s(_totalLength));
        if (!_allLogits) binding.BindOutput(CpuDecoderGraph.Logits, Floats(_logits, 0, rows, Vocabulary));
        return binding;
    }

    private OrtValue CacheRows(NativeBuffer cache, int firstRow, int rows) =>
        Floats(cache, firstRow * RowBytes, rows, _architecture.KvHeads, Context, _architecture.HeadSize);

    private OrtValue Floats(NativeBuffer buffer, long offset, params long[] shape) =>
        Own(buffer, TensorElementType.Float, sizeof(float), offset, shape);

    private OrtValue Int32s(NativeBuffer buffer, params long[] shape) => Own(buffer, TensorElementType.Int32, sizeof(int), 0, shape);

    private OrtValue Int64s(NativeBuffer buffer, params long[] shape) => Own(buffer, TensorElementType.Int64, sizeof(long), 0, shape);

    /// <summary>A tensor over our own memory; the buffer outlives it.</summary>
    private OrtValue Own(NativeBuffer buffer, TensorElementType type, int size, long offset, long[] shape)
    {
        var bytes = shape.Aggregate((long)size, (n, d) => n * d);
        var value = OrtValue.CreateTensorValueWithData(_memory, type, shape, buffer.At(offset), bytes);
        _values.Add(value);
        return value;
    }

    public void Dispose()
    {
        foreach (var binding in _decode.Concat(_prefill)) binding?.Dispose();
        foreach (var value in _values) value.Dispose();
        _run.Dispose();
        _session.Dispose();
        foreach (var cache in _caches) cache.Dispose();
        foreach (var buffer in new[] { _embeds, _logits, _seqLens, _totalLength, _positions }) buffer.Dispose();
    }
}
