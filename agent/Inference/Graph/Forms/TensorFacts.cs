using EdgeAgent.Inference.Graph.Onnx;
using static EdgeAgent.Inference.Graph.Onnx.TensorProto.Types;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>
/// Element type and rank of every tensor of a graph, as far as they follow from its inputs, initializers and operators. What is
/// not known is <see cref="DataType.Undefined"/> and -1.
/// </summary>
internal sealed class TensorFacts
{
    private static readonly (DataType Type, int Rank) Unknown = (DataType.Undefined, -1);

    private readonly Dictionary<string, (DataType Type, int Rank)> _facts = [];
    private readonly Dictionary<string, TensorProto> _initializers;

    public TensorFacts(GraphProto graph)
    {
        _initializers = graph.Initializer.GroupBy(i => i.Name).ToDictionary(g => g.Key, g => g.First());
        foreach (var input in graph.Input)
            _facts[input.Name] = ((DataType)input.Type.TensorType.ElemType, input.Type.TensorType.Shape.Dim.Count);
        foreach (var initializer in _initializers.Values)
            _facts[initializer.Name] = ((DataType)initializer.DataType, initializer.Dims.Count);
        foreach (var node in graph.Node)
            foreach (var output in node.Output) _facts[output] = Infer(node);
    }

    public DataType Type(string tensor) => Of(tensor).Type;

    public int Rank(string tensor) => Of(tensor).Rank;

    /// <summary>The initializer of that name, or null.</summary>
    public TensorProto? Initializer(string tensor) => _initializers.GetValueOrDefault(tensor);

    private (DataType Type, int Rank) Of(string tensor) => _facts.GetValueOrDefault(tensor, Unknown);

    private (DataType Type, int Rank) Infer(NodeProto node)
    {
        (DataType Type, int Rank)[] inputs = [.. node.Input.Select(Of)];
        if (inputs.Length == 0) return Unknown;
        var first = inputs[0];
        return node.OpType switch
        {
            "Cast" => ((DataType)Int(node, "to", 0), first.Rank),
            "DequantizeLinear" => (inputs[1].Type, first.Rank),
            "Reshape" => (first.Type, (int?)Initializer(node.Input[1])?.Dims.FirstOrDefault(-1) ?? -1),
            "Gather" => (first.Type, first.Rank < 0 || inputs[1].Rank < 0 ? -1 : first.Rank - 1 + inputs[1].Rank),
            "Where" => (inputs[1].Type, inputs.Max(i => i.Rank)),
            "ReduceSum" or "ReduceMean" when Int(node, "keepdims", 1) == 0 && Initializer(node.Input[1]) is { } axes =>
                (first.Type, first.Rank - (int)axes.Dims.Aggregate(1L, (n, d) => n * d)),
            "Add" or "Sub" or "Mul" or "Div" or "MatMul" => (first.Type, inputs.Max(i => i.Rank)),
            _ => first,
        };
    }

    public static long Int(NodeProto node, string attribute, long otherwise) =>
        node.Attribute.FirstOrDefault(a => a.Name == attribute)?.I ?? otherwise;
}
