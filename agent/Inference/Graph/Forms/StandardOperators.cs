using static EdgeAgent.Inference.Graph.Onnx.TensorProto.Types;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>
/// The operators TensorRT takes from 10.15 on, of opset 24. Its Attention has neither past nor present nor lengths of rows:
/// TensorScatter writes the cache, and a mask says what a token may see.
/// </summary>
internal sealed class StandardOperators : IStaticOperators
{
    public const int IrVersion = 11, Opset = 24;

    private readonly FormGraph _graph;
    private readonly GroupedAttention? _attention;

    public StandardOperators(FormGraph graph, GraphShape shape)
    {
        _graph = graph;
        if (graph.Options.Attention == AttentionStyle.MatMul) _attention = new GroupedAttention(graph, shape);
        graph.Nodes.Input(FormGraph.WriteAt, DataType.Int64, shape.Rows);
    }

    public string Norm(string x, string weight)
    {
        var isHalf = _graph.Type == DataType.Float16;
        var normed = _graph.Op("RMSNormalization", [isHalf ? _graph.Cast(x, DataType.Float) : x, _graph.Weight(weight)],
            GraphBuilder.Int("axis", -1), GraphBuilder.Float("epsilon", _graph.Architecture.RmsEpsilon));
        return isHalf ? _graph.Cast(normed, DataType.Float16) : normed;
    }

    public string Rotate(string x) => _graph.Op("RotaryEmbedding", x, _graph.Weight(FormGraph.Cos), _graph.Weight(FormGraph.Sin),
        CpuDecoderGraph.Positions);

    public string Write(string past, string update, string present) => _graph.Nodes.Node("TensorScatter", [past, update, FormGraph.WriteAt],
        present, "", GraphBuilder.Int("axis", -2));

    /// <summary>The scale is 1: TensorRT would multiply queries and keys by its root, and so the whole cache in every step.</summary>
    public string Attend(string query, string key, string value) => _attention?.Attend(query, key, value)
        ?? _graph.Op("Attention", [query, key, value, FormGraph.Mask], GraphBuilder.Float("scale", 1));
}
