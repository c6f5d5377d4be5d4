using EdgeAgent.Bundles;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Graph;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Import.Calibration;

/// <summary>
/// Carries windows of a calibration text through a checkpoint, layer by layer, with the decoder graph's own parts on the CPU. Holds
/// the residual stream of every window ([tokens, hidden] float32) and the weights of one layer.
/// </summary>
internal sealed class CalibrationRun : ICalibration
{
    /// <summary>Largest inputs of one linear that are held, both streams, bytes; larger ones are computed twice.</summary>
    private const long MaxTapBytes = 512L << 20;

    private readonly ICheckpoint _checkpoint;
    private readonly Architecture _architecture;
    private readonly Stream _served = new(), _exact = new(); // under the replaced weights, and under the checkpoint's own
    private readonly CalibrationWindows _windows;
    private readonly IReadOnlyList<int[]> _all; // those to calibrate on, then those held back
    private readonly Dictionary<string, InferenceSession> _sessions = new(StringComparer.Ordinal);
    private readonly RunOptions _options = new();
    private readonly int _context;
    private readonly float[] _key, _value; // the cache of one window, written and read within one run

    public CalibrationRun(ICheckpoint checkpoint, CalibrationWindows windows)
    {
        (_checkpoint, _architecture, _windows) = (checkpoint, checkpoint.Architecture, windows);
        _all = [.. windows.Used, .. windows.HeldBack];
        if (windows.Used.Count == 0 || _all.Any(w => w.Length == 0)) throw new ArgumentException("no calibration text", nameof(windows));
        _context = _all.Max(w => w.Length);
        if (_context > _architecture.Context)
            throw new ArgumentException($"windows of at most {_architecture.Context} tokens, found {_context}", nameof(windows));
        Tokens = windows.Used.Sum(w => w.Length);
        _key = new float[_architecture.KvHeads * _context * _architecture.HeadSize];
        _value = new float[_key.Length];
        foreach (var window in _all)
        {
            _served.States.Add(Embed(window));
            _exact.States.Add((float[])_served.States[^1].Clone());
        }
        LoadVectors(0);
    }

    public int Tokens { get; }
    public string Text => _windows.Text;
    public IReadOnlyList<int[]> HeldBack => _windows.HeldBack;

    /// <summary>The residual stream of a window under the replaced weights, [tokens, hidden].</summary>
    public ReadOnlySpan<float> State(int window) => _served.States[window];

    public void Inputs(string linear, Action<float[], float[], int> window)
    {
        var piece = Piece(linear);
        for (var w = 0; w < _windows.Used.Count; w++)
        {
            var served = Tap(_served, piece, w);
            window(served, Tap(_exact, piece, w), served.Length);
        }
    }

    public void ReplaceEmbedding(TableForm table)
    {
        var hidden = _architecture.Hidden;
        var levels = new sbyte[hidden];
        var scales = new float[hidden / table.Block];
        for (var w = 0; w < _all.Count; w++)
            for (var t = 0; t < _all[w].Length; t++)
            {
                table.Quantize(_all[w][t], levels, scales);
                var row = _served.States[w].AsSpan(t * hidden, hidden);
                for (var i = 0; i < hidden; i++) row[i] = levels[i] * scales[i / table.Block];
            }
    }

    public TextLoss FullPrecision() => FullPrecisionLoss.Of(_checkpoint, HeldBack, _exact.States[_windows.Used.Count..]);

    public void Replace(string linear, float[] exact, float[] served)
    {
        var piece = Piece(linear);
        foreach (var (stream, weights) in new[] { (_served, served), (_exact, exact) })
        {
            var name = WeightNames.Float($"layers.0.{piece}");
            stream.Weights[name] = weights;
            if (piece is not ("attention_out" or "down")) continue;
            using var weight = OrtValue.CreateTensorValueFromMemory(weights, [weights.Length / _architecture.Hidden, _architecture.Hidden]);
            for (var w = 0; w < _all.Count; w++) Advance(stream, piece, name, weight, w);
            stream.Taps.Clear();
            if (piece == "down") stream.Weights.Clear();
            else foreach (var done in new[] { "qkv", "attention_out" }) stream.Weights.Remove(WeightNames.Float($"layers.0.{done}"));
        }
        if (piece != "down") return;
        var layer = int.Parse(linear.AsSpan("layers.".Length, linear.IndexOf('.', "layers.".Length) - "layers.".Length),
            System.Globalization.CultureInfo.InvariantCulture);
        if (layer + 1 < _architecture.Layers) LoadVectors(layer + 1);
    }

    private static string Piece(string linear) => linear[(linear.LastIndexOf('.') + 1)..];

    private void LoadVectors(int layer)
    {
        var prefix = $"layers.{layer}.";
        foreach (var (name, _) in WeightNames.Vectors(_architecture))
            if (name.StartsWith(prefix, StringComparison.Ordinal))
                _served.Weights["layers.0."
                    + name[prefix.Length..]] = _exact.Weights["layers.0." + name[prefix.Length..]] = _checkpoint.Vector(name);
    }

    private float[] Embed(int[] window)
    {
        var hidden = _architecture.Hidden;
        var state = new float[window.Length * hidden];
        for (var i = 0; i < window.Length; i++)
            _checkpoint.ReadRows(CheckpointTensors.Embedding, _architecture.Vocabulary, hidden, window[i],
                state.AsMemory(i * hidden, hidden));
        return state;
    }

    /// <summary>The input of a linear in one window, [tokens, K]; kept until the linear is replaced where the memory allows it.</summary>
    private float[] Tap(Stream stream, string piece, int window)
    {
        if (stream.Taps.TryGetValue(window, out var known)) return known;
        var session = Session(piece + CalibrationGraph.Tap, () => CalibrationGraph.Input(piece, _architecture, _context));
        var state = stream.States[window];
        using var values = new DisposableList();
        var names = session.InputNames;
        var inputs = names.Select(n => values.Add(stream.Weights.TryGetValue(n, out var weight)
            ? OrtValue.CreateTensorValueFromMemory(weight, Shape(session, n))
            : Input(n, state, state.Length / _architecture.Hidden))).ToList();
        using var results = session.Run(_options, names, inputs, [CalibrationGraph.Tap]);
        var tap = results[0].GetTensorDataAsSpan<float>().ToArray();
        if (piece is "attention_out" or "down" && (long)tap.Length * sizeof(float) * 2 * _all.Count <= MaxTapBytes)
            stream.Taps[window] = tap;
        return tap;
    }

    /// <summary>Replaces a window's state by the one behind a linear that adds to it.</summary>
    private void Advance(Stream stream, string piece, string name, OrtValue weight, int window)
    {
        var session = Session(piece + CalibrationGraph.NextState, () => CalibrationGraph.After(piece, _architecture));
        float[] state = stream.States[window], tap = Tap(stream, piece, window);
        var tokens = state.Length / _architecture.Hidden;
        using var before = OrtValue.CreateTensorValueFromMemory(state, [1, tokens, _architecture.Hidden]);
        using var input = OrtValue.CreateTensorValueFromMemory(tap, [1, tokens, tap.Length / tokens]);
        using var results = session.Run(_options, [CalibrationGraph.State, CalibrationGraph.Tap, name], [before, input, weight],
            [CalibrationGraph.NextState]);
        results[0].GetTensorDataAsSpan<float>().CopyTo(state);
    }

    private InferenceSession Session(string key, Func<byte[]> graph)
    {
        if (_sessions.TryGetValue(key, out var session)) return session;
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            EnableMemoryPattern = false,
            EnableCpuMemArena = false
        };
        return _sessions[key] = new InferenceSession(graph(), options);
    }

    private OrtValue Input(string name, float[] state, int tokens) => name switch
    {
        CalibrationGraph.State => OrtValue.CreateTensorValueFromMemory(state, [1, tokens, _architecture.Hidden]),
        CpuDecoderGraph.SeqLens => OrtValue.CreateTensorValueFromMemory(new[] { tokens - 1 }, [1]),
        CpuDecoderGraph.TotalLength => OrtValue.CreateTensorValueFromMemory(new[] { tokens }, []),
        CpuDecoderGraph.Positions =>
            OrtValue.CreateTensorValueFromMemory(Enumerable.Range(0, tokens).Select(i => (long)i).ToArray(), [1, tokens]),
        _ =>
            OrtValue.CreateTensorValueFromMemory(name == CpuDecoderGraph.PastKey(0) ? _key : _value,
                [1, _architecture.KvHeads, _context, _architecture.HeadSize]),
    };

    private static long[] Shape(InferenceSession session, string name) => [.. session.InputMetadata[name].Dimensions.Select(d => (long)d)];

    public void Dispose()
    {
        foreach (var session in _sessions.Values) session.Dispose();
        _sessions.Clear();
        _options.Dispose();
    }

    /// <summary>The residual stream of every window, [tokens, hidden], and the current layer's weights under layer 0's names.</summary>
    private sealed class Stream
    {
        public List<float[]> States { get; } = [];
        public Dictionary<string, float[]> Weights { get; } = new(StringComparer.Ordinal);

        /// <summary>Inputs of the current linear by window, [tokens, K].</summary>
        public Dictionary<int, float[]> Taps { get; } = [];
    }

    private sealed class DisposableList : IDisposable
    {
        private readonly List<OrtValue> _values = [];

        public OrtValue Add(OrtValue value)
        {
            _values.Add(value);
            return value;
        }

        public void Dispose() => _values.ForEach(v => v.Dispose());
    }
}
