using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Inference.Graph.Onnx;
using static EdgeAgent.Inference.Graph.Onnx.TensorProto.Types;
using Architecture = EdgeAgent.Bundles.Architecture;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>
/// What the graphs of a form share: the type of their floats, weights in the form's own file, linears and norms. The names of
/// inputs and outputs that the cpu form has as well are the cpu form's.
/// </summary>
/// <param name="entries">The tensors of <see cref="DeviceWeights"/>, placed in their file.</param>
/// <param name="file">Name of the weights file, beside the graph.</param>
internal sealed class FormGraph(Architecture architecture, FormOptions options, int maxBlock,
    IReadOnlyDictionary<string, SafetensorsEntry> entries, string file)
{
    /// <summary>Raised with every change of a generated graph; engines are cached by it.</summary>
    public const int Version = 1;

    public const string Mask = "attention_mask", WriteAt = "write_indices", CacheIndices = "cache_indices", Last = "last_position",
        Cos = "cos", Sin = "sin";

    private readonly HashSet<string> _declared = [];

    public Architecture Architecture => architecture;
    public FormOptions Options => options;
    public GraphBuilder Nodes { get; } = new(null, 0);

    /// <summary>The type of activations, cache and scales.</summary>
    public DataType Type => options.Precision == FloatPrecision.Fp16 ? DataType.Float16 : DataType.Float;

    /// <summary>Generates one graph of a form.</summary>
    public static ModelProto Generate(Architecture architecture, FormOptions options, GraphShape shape, int maxBlock,
        IReadOnlyDictionary<string, SafetensorsEntry> entries, string file)
    {
        var graph = new FormGraph(architecture, options, maxBlock, entries, file);
        var name = GraphKey.NameOf(options, shape);
        switch (options.Form)
        {
            case GraphForm.Cuda:
                CudaDecoderGraph.Write(graph);
                return graph.Nodes.Model(GraphBuilder.IrVersion, GraphBuilder.Opset, GraphBuilder.MicrosoftDomain, name);
            case GraphForm.TensorRt:
                StaticDecoderGraph.Write(graph, new StandardOperators(graph, shape), shape);
                return graph.Nodes.Model(StandardOperators.IrVersion, StandardOperators.Opset, null, name);
            case GraphForm.TensorRt103:
                StaticDecoderGraph.Write(graph, new PrimitiveOperators(graph, shape), shape);
                return graph.Nodes.Model(PrimitiveOperators.IrVersion, PrimitiveOperators.Opset, null, name);
            default:
                throw new ArgumentOutOfRangeException(nameof(options), "the cpu form is CpuDecoderGraph");
        }
    }

    public string Op(string op, params string[] inputs) => Nodes.Node(op, inputs);

    public string Op(string op, string[] inputs, params AttributeProto[] attributes) => Nodes.Node(op, inputs, null, "", attributes);

    public string Reshape(string x, params long[] shape) => Op("Reshape", x, Nodes.Constant(Nodes.Fresh(), shape));

    /// <summary>Parts of <paramref name="sizes"/> elements along the last axis.</summary>
    public string[] Split(string x, params long[] sizes) =>
        Nodes.Nodes("Split", [x, Nodes.Constant(Nodes.Fresh(), sizes)], [.. sizes.Select(_ => Nodes.Fresh())], "",
            GraphBuilder.Int("axis", -1));

    public string Transpose(string x, params long[] permutation)
    {
        var attribute = new AttributeProto { Name = "perm", Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(permutation);
        return Op("Transpose", [x], attribute);
    }

    public string Cast(string x, DataType to) => Op("Cast", [x], GraphBuilder.Int("to", (long)to));

    /// <summary>A number in the graph's precision, of any rank by broadcasting: [1].</summary>
    public string Number(float value, DataType? type = null)
    {
        if ((type ?? Type) == DataType.Float)
            return Nodes.Constant(Nodes.Fresh(), DataType.Float, MemoryMarshal.AsBytes<float>([value]), 1);
        return Nodes.Constant(Nodes.Fresh(), DataType.Float16, MemoryMarshal.AsBytes<Half>([(Half)value]), 1);
    }

    /// <summary>A tensor of the weights file, in the type it has there.</summary>
    public string Weight(string name)
    {
        var entry = entries[name];
        if (!_declared.Add(name)) return name;
        var isInt4 = entry.Type == SafetensorsType.U8 && name.EndsWith(WeightNames.Int4(""), StringComparison.Ordinal);
        var (type, shape) = entry.Type switch
        {
            SafetensorsType.F16 => (DataType.Float16, entry.Shape),
            SafetensorsType.F32 => (DataType.Float, entry.Shape),
            _ => isInt4 ? (DataType.Int4, [entry.Shape[0], 2 * entry.Shape[1]]) : (DataType.Uint8, entry.Shape),
        };
        return Nodes.External(name, type, entry, file, shape);
    }

    /// <summary>x [..., K] times a linear [K, N], in whatever way the weights file stores it. The result is [..., N].</summary>
    /// <param name="shape">The shape of x.</param>
    public string Linear(string x, string name, int k, int n, object[] shape)
    {
        if (entries.ContainsKey(WeightNames.Float(name))) return Op("MatMul", x, Weight(WeightNames.Float(name)));
        if (name == WeightNames.Head && entries.ContainsKey(TiedHead.Rows))
            return Op("MatMul", x, Transpose(Weight(TiedHead.Rows), 1, 0));
        var block = QuantizedMatrix.BlockFor(k, maxBlock);
        var product = entries.ContainsKey(BlockLayout.Packed(name)) ? Blocks(x, name, k, n, block) : Dequantized(x, name, block);
        if (!entries.ContainsKey(WeightNames.Offset(name))) return product;
        // blocks with an offset: the sum of a block's inputs times its offset is missing from the product
        long[] blocks = [.. shape[..^1].Select(d => d is string ? 0L : Convert.ToInt64(d, null)), k / block, block];
        var sums = Op("ReduceSum", [Reshape(x, blocks), Nodes.Constant(Nodes.Fresh(), [-1])], GraphBuilder.Int("keepdims", 0));
        return Op("Add", product, Op("MatMul", sums, Weight(WeightNames.Offset(name))));
    }

    private string Dequantized(string x, string name, int block) => Op("MatMul", x,
        Op("DequantizeLinear", [Weight(WeightNames.Int4(name)), Weight(WeightNames.Scale(name))], GraphBuilder.Int("axis", 0),
            GraphBuilder.Int("block_size", block)));

    private string Blocks(string x, string name, int k, int n, int block)
    {
        var bits = entries[BlockLayout.Packed(name)].Shape[2] * 8 / block;
        return Nodes.Node("MatMulNBits", [x, Weight(BlockLayout.Packed(name)), Weight(BlockLayout.Scales(name))], null,
            GraphBuilder.MicrosoftDomain, GraphBuilder.Int("K", k), GraphBuilder.Int("N", n), GraphBuilder.Int("bits", bits),
            GraphBuilder.Int("block_size", block), GraphBuilder.Int("accuracy_level", 1));
    }
}
