using EdgeAgent.Platform;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeAgent.Inference.Decoders.Foreign;

/// <summary>
/// Runs a foreign ONNX decoder on the CPU, one row. Its state (attention caches [1, heads, length, head_size] that grow, and
/// convolution states of a fixed size) is the output of one run and the input of the next. Owns the session and the state.
/// </summary>
internal sealed class ForeignDecoder : IDecoder
{
    private const string UseCacheBranch = "use_cache_branch"; // optimum's merged decoders: whether there is a past
    private readonly ForeignModel _model;
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly string[] _inputs, _outputs;
    private readonly List<(string Past, string Present)> _state = [];
    private Dictionary<string, OrtValue> _past = new(StringComparer.Ordinal); // by input name
    private float[] _logits = []; // [vocabulary]
    private int _length;

    /// <exception cref="ModelFileException">ONNX Runtime cannot load the graph, or it has an input that is neither known nor a
    /// state.</exception>
    public ForeignDecoder(ForeignModel model, DecoderOptions options)
    {
        _model = model;
        Context = options.ContextOf(model.Context);
        MaxChunk = Math.Min(options.Chunk, Context);
        var path = Path.Combine(model.Directory, model.GraphFile);
        using var session = CpuSession.Options(options);
        try
        {
            _session = new InferenceSession(path, session);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelFileException(path, "a graph ONNX Runtime can load", e.Message, e);
        }
        try
        {
            _inputs = [.. _session.InputNames];
            foreach (var name in _inputs) CheckInput(path, name);
            if (!_session.OutputNames.Contains(model.Logits))
                throw new ModelFileException(path, $"an output '{model.Logits}'", string.Join(", ", _session.OutputNames));
            _outputs = [model.Logits, .. _state.Select(s => s.Present)];
            Reset();
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    public IReadOnlyList<string> Inputs => _inputs;
    public IReadOnlyList<string> Outputs => _outputs;

    public int Rows => 1;
    public int Context { get; }
    public int MaxChunk { get; }
    public int Vocabulary => _model.Vocabulary;

    public long CacheBytes => _past.Values.Sum(v => v.GetTensorSizeInBytes());

    public ReadOnlySpan<float> Prefill(int row, ReadOnlySpan<int> ids, int start)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(row, 0);
        if (ids.Length < 1 || ids.Length > MaxChunk || start + ids.Length > Context)
            throw new ArgumentOutOfRangeException(nameof(ids),
                $"{ids.Length} tokens at {start} do not fit a chunk of {MaxChunk} in a context of {Context}");
        if (start == 0) Reset();
        if (start != _length)
            throw new ArgumentOutOfRangeException(nameof(start),
                $"{start} where the row has {_length} tokens: a foreign decoder cannot go back");
        return Step(ids);
    }

    public ReadOnlySpan<float> Decode(ReadOnlySpan<int> ids, ReadOnlySpan<int> positions)
    {
        if (ids.Length != 1 || positions.Length != 1)
            throw new ArgumentOutOfRangeException(nameof(ids), $"{ids.Length} ids and {positions.Length} positions for one row");
        if (positions[0] != _length || _length >= Context)
            throw new ArgumentOutOfRangeException(nameof(positions), $"{positions[0]} where the row has {_length} of {Context} tokens");
        return Step(ids);
    }

    public void CopyRow(int from, int to, int length) => ArgumentOutOfRangeException.ThrowIfNotEqual(from, to);

    private void CheckInput(string path, string name)
    {
        if (name == _model.InputIds || name == _model.AttentionMask || name == _model.PositionIds || name == UseCacheBranch) return;
        if (_model.PresentOf(name) is not { } present || !_session.OutputNames.Contains(present))
            throw new ModelFileException(path,
                $"inputs {_model.InputIds}, {_model.AttentionMask}, {_model.PositionIds} and states that have outputs", $"'{name}'");
        _state.Add((name, present));
    }

    private ReadOnlySpan<float> Step(ReadOnlySpan<int> ids)
    {
        foreach (var id in ids)
            if ((uint)id >= (uint)Vocabulary)
                throw new ArgumentOutOfRangeException(nameof(ids), $"token id {id} outside 0..{Vocabulary - 1}");
        var own = new List<OrtValue>();
        try
        {
            var values = new List<OrtValue>(_inputs.Length);
            foreach (var name in _inputs)
            {
                if (_past.TryGetValue(name, out var state))
                {
                    values.Add(state);
                    continue;
                }
                own.Add(Feed(name, ids));
                values.Add(own[^1]);
            }
            var results = _session.Run(_run, _inputs, values, _outputs);
            Logits(results[0], ids.Length);
            var next = new Dictionary<string, OrtValue>(StringComparer.Ordinal);
            for (var i = 0; i < _state.Count; i++) next[_state[i].Past] = results[i + 1];
            results[0].Dispose();
            Replace(next);
            _length += ids.Length;
            return _logits;
        }
        finally
        {
            foreach (var value in own) value.Dispose();
        }
    }

    /// <summary>Copies the last position's logits out of [1, S, vocabulary] or [1, 1, vocabulary], float32 or float16.</summary>
    private void Logits(OrtValue value, int tokens)
    {
        var info = value.GetTensorTypeAndShape();
        var count = info.ElementCount;
        if (count % Vocabulary != 0 || count / Vocabulary is not 1 && count / Vocabulary != tokens)
            throw new InvalidDataException(
                $"expected logits [1, 1 or {tokens}, {Vocabulary}] from the graph, found {count} elements");
        if (_logits.Length == 0) _logits = new float[Vocabulary];
        if (info.ElementDataType == TensorElementType.Float16)
            System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(
                System.Runtime.InteropServices.MemoryMarshal.Cast<Float16, Half>(value.GetTensorDataAsSpan<Float16>())[^Vocabulary..],
                _logits);
        else value.GetTensorDataAsSpan<float>()[^Vocabulary..].CopyTo(_logits);
    }

    /// <summary>
    /// An input of this run: ids, mask or positions, int32 or int64 as the graph has them; [1, S], the mask [1, length + S].
    /// </summary>
    private OrtValue Feed(string name, ReadOnlySpan<int> ids)
    {
        if (name == UseCacheBranch) return OrtValue.CreateTensorValueFromMemory(new[] { _length > 0 }, [1]);
        var total = _length + ids.Length;
        long[] numbers = name == _model.InputIds ? [.. ids.ToArray().Select(i => (long)i)]
            : name == _model.AttentionMask ? [.. Enumerable.Repeat(1L, total)]
            : [.. Enumerable.Range(_length, ids.Length).Select(i => (long)i)];
        return _session.InputMetadata[name].ElementDataType == TensorElementType.Int32
            ? OrtValue.CreateTensorValueFromMemory(numbers.Select(n => (int)n).ToArray(), [1, numbers.Length])
            : OrtValue.CreateTensorValueFromMemory(numbers, [1, numbers.Length]);
    }

    /// <summary>An empty past: batch 1, no positions, zeros in what has a fixed size.</summary>
    private void Reset()
    {
        var empty = new Dictionary<string, OrtValue>(StringComparer.Ordinal);
        foreach (var (past, _) in _state)
        {
            var input = _session.InputMetadata[past];
            var symbols = input.SymbolicDimensions;
            var shape = new long[input.Dimensions.Length];
            var batch = Array.FindIndex(symbols, s => s.Contains("batch", StringComparison.OrdinalIgnoreCase));
            if (batch < 0) batch = Array.IndexOf(input.Dimensions, -1); // no dimension is named batch: the first dynamic one
            for (var d = 0; d < shape.Length; d++) shape[d] = input.Dimensions[d] >= 0 ? input.Dimensions[d] : d == batch ? 1 : 0;
            // allocated by ONNX Runtime and zeroed; an empty tensor has nothing to zero
            var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, input.ElementDataType, shape);
            if (shape.All(d => d > 0)) value.GetTensorMutableRawData().Clear();
            empty[past] = value;
        }
        Replace(empty);
        _length = 0;
    }

    private void Replace(Dictionary<string, OrtValue> state)
    {
        foreach (var value in _past.Values) value.Dispose();
        _past = state;
    }

    public void Dispose()
    {
        Replace([]);
        _run.Dispose();
        _session.Dispose();
    }
}
