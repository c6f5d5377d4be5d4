using static EdgeAgent.Inference.Graph.Onnx.TensorProto.Types;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>
/// The same decoder in primitive operators of opset 21, the first with INT4 blocks, for TensorRT 10.3: norms from ReduceMean and
/// Sqrt, rotation from Split and Concat, the cache through ScatterND, attention from MatMul and Softmax.
/// </summary>
internal sealed class PrimitiveOperators : IStaticOperators
{
    public const int IrVersion = 10, Opset = 21;

    private readonly FormGraph _graph;
    private readonly GraphShape _shape;
    private readonly GroupedAttention _attention;
    private string? _cos, _sin, _lastAxis, _epsilon;

    public PrimitiveOperators(FormGraph graph, GraphShape shape)
    {
        (_graph, _shape, _attention) = (graph, shape, new GroupedAttention(graph, shape));
        graph.Nodes.Input(FormGraph.CacheIndices, DataType.Int64, shape.Rows, graph.Architecture.KvHeads, shape.Tokens, 3);
    }

    public string Norm(string x, string weight)
    {
        var isHalf = _graph.Type == DataType.Float16;
        var wide = isHalf ? _graph.Cast(x, DataType.Float) : x;
        _lastAxis ??= _graph.Nodes.Constant(_graph.Nodes.Fresh(), [-1]);
        _epsilon ??= _graph.Number(_graph.Architecture.RmsEpsilon, DataType.Float);
        var mean = _graph.Op("ReduceMean", [_graph.Op("Mul", wide, wide), _lastAxis], GraphBuilder.Int("keepdims", 1));
        var root = _graph.Op("Sqrt", _graph.Op("Add", mean, _epsilon));
        var normed = _graph.Op("Mul", _graph.Op("Div", wide, root), _graph.Weight(weight));
        return isHalf ? _graph.Cast(normed, DataType.Float16) : normed;
    }

    public string Rotate(string x)
    {
        _cos ??= Angles(FormGraph.Cos);
        _sin ??= Angles(FormGraph.Sin);
        var half = _graph.Architecture.HeadSize / 2;
        var parts = _graph.Split(x, half, half); // [R, n, S, h / 2] each
        var first = _graph.Op("Sub", _graph.Op("Mul", parts[0], _cos), _graph.Op("Mul", parts[1], _sin));
        var second = _graph.Op("Add", _graph.Op("Mul", parts[1], _cos), _graph.Op("Mul", parts[0], _sin));
        return _graph.Op("Concat", [first, second], GraphBuilder.Int("axis", -1));
    }

    public string Write(string past, string update, string present) =>
        _graph.Nodes.Node("ScatterND", [past, FormGraph.CacheIndices, update], present);

    public string Attend(string query, string key, string value) => _attention.Attend(query, key, value);

    /// <summary>Rows of a rotary table at the tokens' positions, for all heads: [R, 1, S, h / 2].</summary>
    private string Angles(string table) => _graph.Reshape(
        _graph.Op("Gather", [_graph.Weight(table), CpuDecoderGraph.Positions], GraphBuilder.Int("axis", 0)),
        _shape.Rows, 1, _shape.Tokens, _graph.Architecture.HeadSize / 2);
}
