using EdgeAgent.Bundles;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Inference.Graph;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Import.Calibration;

/// <summary>
/// Carries windows of a calibration text through a checkpoint, layer by layer, with the decoder graph's own parts on the CPU. Holds
/// the residual stream of every window ([tokens, hidden] float32) and the weights of one layer.
/// </summary>
internal sealed class CalibrationRun : ICalibration
{
    private readonly ICheckpoint _checkpoint;
    private readonly Architecture _architecture;
    private readonly Stream _served = new(), _exact = new(); // under the replaced weights, and under the checkpoint's own
    private readonly Dictionary<string, InferenceSession> _sessions = new(StringComparer.Ordinal);
    private readonly int _context;
    private readonly float[] _key, _value; // the cache of one window, written and read within one run

    /// <param name="windows">Token ids; each window is a sequence of its own.</param>
    public CalibrationRun(ICheckpoint checkpoint, IReadOnlyList<int[]> windows)
    {
        (_checkpoint, _architecture) = (checkpoint, checkpoint.Architecture);
        if (windows.Count == 0 || windows.Any(w => w.Length == 0)) throw new ArgumentException("no calibration text", nameof(windows));
        _context = windows.Max(w => w.Length);
        if (_context > _architecture.Context)
            throw new ArgumentException($"windows of at most {_architecture.Context} tokens, found {_context}", nameof(windows));
        Tokens = windows.Sum(w => w.Length);
        _key = new float[_architecture.KvHeads * _context * _architecture.HeadSize];
        _value = new float[_key.Length];
        foreach (var window in windows)
        {
            _served.States.Add(Embed(window));
            _exact.States.Add((float[])_served.States[^1].Clone());
        }
        LoadVectors(0);
    }

    public int Tokens { get; }

    /// <summary>The residual stream of a window under the replaced weights, [tokens, hidden].</summary>
    public ReadOnlySpan<float> State(int window) => _served.States[window];

    public void Inputs(string linear, Action<float[], float[], int> window)
    {
        for (var w = 0; w < _served.States.Count; w++)
        {
            float[] served = [], exact = [];
            Run(_served, Piece(linear), CalibrationGraph.Tap, (_, values) => served = values.ToArray(), w);
            Run(_exact, Piece(linear), CalibrationGraph.Tap, (_, values) => exact = values.ToArray(), w);
            window(served, exact, served.Length);
        }
    }

    public void Replace(string linear, float[] exact, float[] served)
    {
        var piece = Piece(linear);
        foreach (var (stream, weights) in new[] { (_served, served), (_exact, exact) })
        {
            stream.Weights[WeightNames.Float($"layers.0.{piece}")] = weights;
            if (piece is not ("attention_out" or "down")) continue;
            Run(stream, piece, CalibrationGraph.NextState, (w, values) => values.CopyTo(stream.States[w]));
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

    private delegate void Visit(int window, ReadOnlySpan<float> values);

    private void Run(Stream stream, string piece, string output, Visit visit, int only = -1)
    {
        if (!_sessions.TryGetValue(piece + output, out var session))
        {
            using var options = new SessionOptions
            {
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
                EnableMemoryPattern = false,
                EnableCpuMemArena = false
            };
            var graph = output == CalibrationGraph.Tap
                ? CalibrationGraph.Input(piece, _architecture, _context) : CalibrationGraph.After(piece, _architecture, _context);
            session = _sessions[piece + output] = new InferenceSession(graph, options);
        }
        using var run = new RunOptions();
        using var weights = new DisposableList();
        var names = session.InputNames;
        var shared = names.Where(stream.Weights.ContainsKey)
            .ToDictionary(n => n, n => weights.Add(OrtValue.CreateTensorValueFromMemory(stream.Weights[n], Shape(session, n))));
        for (var w = Math.Max(only, 0); w < (only < 0 ? stream.States.Count : only + 1); w++)
        {
            var state = stream.States[w];
            using var own = new DisposableList();
            var inputs = names.Select(n => shared.GetValueOrDefault(n) ?? own.Add(Input(n, state, state.Length / _architecture.Hidden)))
                .ToList();
            using var results = session.Run(run, names, inputs, [output]);
            visit(w, results[0].GetTensorDataAsSpan<float>());
        }
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
    }

    /// <summary>The residual stream of every window, [tokens, hidden], and the current layer's weights under layer 0's names.</summary>
    private sealed class Stream
    {
        public List<float[]> States { get; } = [];
        public Dictionary<string, float[]> Weights { get; } = new(StringComparer.Ordinal);
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
