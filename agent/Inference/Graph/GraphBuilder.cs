using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Inference.Graph.Onnx;
using Google.Protobuf;
using static EdgeAgent.Inference.Graph.Onnx.TensorProto.Types;
using Architecture = EdgeAgent.Bundles.Architecture;

namespace EdgeAgent.Inference.Graph;

/// <summary>
/// Writes ONNX nodes. Blocks of quantized linears have at most <paramref name="maxBlock"/> values. Weights are external data
/// inside the bundle's weights.safetensors; without a file they are float32 inputs of the graph.
/// </summary>
internal sealed class GraphBuilder(SafetensorsFile? weights, int maxBlock)
{
    public const int IrVersion = 11, Opset = 24;
    public const string MicrosoftDomain = "com.microsoft";

    private readonly GraphProto _graph = new() { Name = "student" };
    private int _next;

    public static byte[] Serialize(GraphBuilder builder) => builder.Model(IrVersion, Opset, MicrosoftDomain).ToByteArray();

    /// <summary>The model of all that was written. Without <paramref name="extraDomain"/> it has standard operators only.</summary>
    public ModelProto Model(int irVersion, int opset, string? extraDomain, string? name = null)
    {
        if (name is not null) _graph.Name = name;
        var model = new ModelProto { IrVersion = irVersion, ProducerName = "edge-agent", Graph = _graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = opset });
        if (extraDomain is not null) model.OpsetImport.Add(new OperatorSetIdProto { Domain = extraDomain, Version = 1 });
        return model;
    }

    /// <summary>Declares an input; dimensions are numbers or names.</summary>
    public string Input(string name, DataType type, params object[] shape)
    {
        _graph.Input.Add(Value(name, type, shape));
        return name;
    }

    public void Output(string name, DataType type, params object[] shape) => _graph.Output.Add(Value(name, type, shape));

    public string Node(string op, IEnumerable<string> inputs, string? output = null, string domain = "",
        params AttributeProto[] attributes) =>
        Nodes(op, inputs, [output ?? $"t{_next++}"], domain, attributes)[0];

    public string[] Nodes(string op, IEnumerable<string> inputs, string[] outputs, string domain = "", params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = op, Domain = domain, Name = $"{op}_{_graph.Node.Count}" };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes);
        _graph.Node.Add(node);
        return outputs;
    }

    public string Fresh() => $"t{_next++}";

    public string Constant(string name, DataType type, ReadOnlySpan<byte> bytes, params long[] shape)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.AddRange(shape);
        _graph.Initializer.Add(tensor);
        return name;
    }

    /// <summary>A tensor of a file beside the graph.</summary>
    public string External(string name, DataType type, SafetensorsEntry entry, string file, params long[] shape)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, DataLocation = DataLocation.External };
        tensor.Dims.AddRange(shape);
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = file });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = $"{entry.Offset}" });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = $"{entry.Length}" });
        _graph.Initializer.Add(tensor);
        return name;
    }

    public string Constant(string name, ReadOnlySpan<long> values) =>
        Constant(name, DataType.Int64, MemoryMarshal.AsBytes(values), values.Length);

    /// <summary>A tensor of the bundle as an initializer. INT4 [K, N] is stored as U8 [K, N/2].</summary>
    public string Weight(string name, DataType type, params long[] shape)
    {
        if (weights is null) return Input(name, type, [.. shape.Select(d => (object)d)]);
        return External(name, type, weights.Entry(name), WeightNames.FileName, shape);
    }

    /// <summary>
    /// x [B, S, K] (or [B, K], as rank says) times a linear [K, N]: float32, or INT4 or INT8 blocks with one DequantizeLinear per
    /// MatMul, which ONNX Runtime fuses. Blocks with an offset add the sum of their inputs times the offset.
    /// </summary>
    public string Linear(string x, string name, int k, int n, int rank = 3)
    {
        string packed;
        if (weights is null) return Node("MatMul", [x, Weight(WeightNames.Float(name), DataType.Float, k, n)]);
        if (weights.Entries.ContainsKey(WeightNames.Int4(name))) packed = Weight(WeightNames.Int4(name), DataType.Int4, k, n);
        else if (weights.Entries.ContainsKey(WeightNames.Int8(name))) packed = Weight(WeightNames.Int8(name), DataType.Int8, k, n);
        else return Node("MatMul", [x, Weight(WeightNames.Float(name), DataType.Float, k, n)]);
        var block = QuantizedMatrix.BlockFor(k, maxBlock);
        var scale = Weight(WeightNames.Scale(name), DataType.Float, k / block, n);
        var dequantized = Node("DequantizeLinear", [packed, scale], null, "", Int("axis", 0), Int("block_size", block));
        var product = Node("MatMul", [x, dequantized]);
        if (!weights.Entries.ContainsKey(WeightNames.Offset(name))) return product;
        long[] blocks = rank == 3 ? [0, 0, k / block, block] : [0, k / block, block];
        var sums = Node("ReduceSum", [Node("Reshape", [x, Constant(Fresh(), blocks)]), Constant(Fresh(), [-1])], null, "",
            Int("keepdims", 0));
        return Node("Add", [product, Node("MatMul", [sums, Weight(WeightNames.Offset(name), DataType.Float, k / block, n)])]);
    }

    /// <summary>
    /// x [.., D] times the embedding's table [V, D], transposed: com.microsoft.MatMulNBits takes its rows as they are stored, which is
    /// what the fusion makes of a linear after transposing it.
    /// </summary>
    public string TableHead(string x, EmbeddingLayout table, Architecture a, int accuracyLevel)
    {
        int blocks = a.Hidden / table.Block, bytes = table.Block * table.Bits / 8;
        return Node("MatMulNBits",
            [x, Weight(WeightNames.EmbeddingRows(table.Bits), DataType.Uint8, a.Vocabulary, blocks, bytes),
                Weight(WeightNames.Scale(WeightNames.Embedding), DataType.Float, a.Vocabulary, blocks)],
            null, MicrosoftDomain, Int("K", a.Hidden), Int("N", a.Vocabulary), Int("bits", table.Bits), Int("block_size", table.Block),
            Int("accuracy_level", accuracyLevel));
    }

    public static AttributeProto Int(string name, long value) =>
        new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    public static AttributeProto Float(string name, float value) =>
        new() { Name = name, F = value, Type = AttributeProto.Types.AttributeType.Float };

    private static ValueInfoProto Value(string name, DataType type, object[] shape)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = new TensorShapeProto() };
        foreach (var d in shape)
            tensor.Shape.Dim.Add(d is string s
                ? new TensorShapeProto.Types.Dimension { DimParam = s }
                : new TensorShapeProto.Types.Dimension { DimValue = Convert.ToInt64(d, null) });
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }
}
