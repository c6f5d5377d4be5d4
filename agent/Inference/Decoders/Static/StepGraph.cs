using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders.Devices;
using EdgeAgent.Inference.Graph;
using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Platform;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeAgent.Inference.Decoders.Static;

/// <summary>One graph of fixed sizes: its session, its inputs, and its bindings to the cache by first row.</summary>
internal sealed class StepGraph : IDisposable
{
    private readonly GraphShape _shape;
    private readonly Architecture _architecture;
    private readonly CacheTensors _cache;
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly MirroredBuffer _logits; // float32 [R, V]
    private readonly List<OrtValue> _values = [];
    private readonly OrtIoBinding?[] _bindings; // by first row
    private readonly (string Name, OrtValue Value)[] _inputs;

    public StepGraph(Bundle bundle, FormOptions options, ExportedGraph graph, StaticDevice device, CacheTensors cache)
    {
        (_shape, _architecture, _cache) = (graph.Shape, bundle.Manifest.Architecture, cache);
        _session = Load(graph, device.Session);
        Inputs = new StepInputs(bundle, options, graph.Shape, device.Memory);
        _inputs = [.. Inputs.Bind()];
        _logits = new MirroredBuffer(device.Memory, (long)_shape.Rows * _architecture.Vocabulary * sizeof(float));
        _bindings = new OrtIoBinding?[options.Rows];
    }

    public StepInputs Inputs { get; }

    /// <summary>
    /// Runs the graph on the rows from <paramref name="firstRow"/> on; the logits of the first of them, [rows, V], come back in one copy
    /// and are valid until the next run.
    /// </summary>
    public ReadOnlySpan<float> Run(int firstRow, int rows)
    {
        _session.RunWithBinding(_run, _bindings[firstRow] ??= Bind(firstRow));
        var count = rows * _architecture.Vocabulary;
        _logits.Download((long)count * sizeof(float));
        return _logits.Span<float>(0, count);
    }

    private static InferenceSession Load(ExportedGraph graph, Func<GraphShape, SessionOptions> session)
    {
        using var options = session(graph.Shape);
        try
        {
            return new InferenceSession(graph.Path, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelFileException(graph.Path, "a graph ONNX Runtime can load", e.Message, e);
        }
    }

    private OrtIoBinding Bind(int firstRow)
    {
        var binding = _session.CreateIoBinding();
        foreach (var (name, value) in _inputs) binding.BindInput(name, value);
        for (var layer = 0; layer < _architecture.Layers; layer++)
        {
            Bind(binding, 2 * layer, firstRow, CpuDecoderGraph.PastKey(layer), CpuDecoderGraph.PresentKey(layer));
            Bind(binding, 2 * layer + 1, firstRow, CpuDecoderGraph.PastValue(layer), CpuDecoderGraph.PresentValue(layer));
        }
        var logits = _logits.Tensor(TensorElementType.Float, sizeof(float), _shape.Rows, _architecture.Vocabulary);
        _values.Add(logits);
        binding.BindOutput(CpuDecoderGraph.Logits, logits);
        return binding;
    }

    /// <summary>The same tensor as past and present.</summary>
    private void Bind(OrtIoBinding binding, int index, int firstRow, string past, string present)
    {
        var rows = _cache.Rows(index, firstRow, _shape.Rows);
        _values.Add(rows);
        binding.BindInput(past, rows);
        binding.BindOutput(present, rows);
    }

    public void Dispose()
    {
        foreach (var binding in _bindings) binding?.Dispose();
        foreach (var value in _values.Concat(_inputs.Select(i => i.Value))) value.Dispose();
        _run.Dispose();
        _session.Dispose();
        Inputs.Dispose();
        _logits.Dispose();
    }
}
