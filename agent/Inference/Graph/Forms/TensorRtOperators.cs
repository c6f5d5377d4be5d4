using static EdgeAgent.Inference.Graph.Onnx.TensorProto.Types;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>An operator of the standard domain that TensorRT's ONNX parser takes.</summary>
/// <param name="Since">First version that takes it.</param>
/// <param name="Types">Element types of its first data input and of its output.</param>
internal sealed record TensorRtOperator(string Name, Version Since, IReadOnlyList<DataType> Types);

/// <summary>
/// The operators our forms may use, by TensorRT version: a part of the support matrix of the parser
/// (github.com/onnx/onnx-tensorrt, docs/operators.md, version 10.15) and of its change log. The log names what each version added;
/// an operator it does not name since 10.0 is taken as present in 10.3. The matrix of 10.3 itself was not at hand: that of 10.0 has
/// these operators with these types.
/// </summary>
internal static class TensorRtOperators
{
    /// <summary>The versions with a form: JetPack 6.2 has 10.3, JetPack 7.2 has 10.16.</summary>
    public static readonly IReadOnlyList<Version> Versions = [new(10, 3), new(10, 16)];

    private static readonly Version Early = new(10, 0);

    private static readonly DataType[] Floats = [DataType.Float, DataType.Float16, DataType.Bfloat16];
    private static readonly DataType[] Numbers = [.. Floats, DataType.Int32, DataType.Int64];
    private static readonly DataType[] Everything = [.. Numbers, DataType.Bool];

    private static readonly TensorRtOperator[] All =
    [
        new("Add", Early, Numbers), new("Sub", Early, Numbers), new("Mul", Early, Numbers), new("Div", Early, Numbers),
        new("MatMul", Early, Floats), new("Softmax", Early, Floats), new("Sigmoid", Early, Floats), new("Sqrt", Early, Floats),
        new("ReduceMean", Early, Numbers), new("ReduceSum", Early, Numbers),
        new("Cast", Early, Everything), new("Identity", Early, Everything), new("Reshape", Early, Everything),
        new("Transpose", Early, Everything), new("Split", Early, Everything), new("Concat", Early, Everything),
        new("Gather", Early, Everything), new("Where", Early, Everything), new("ScatterND", Early, Numbers),
        // change log, 10.0 EA: "Added support for INT4 quantization"
        new("DequantizeLinear", Early, [DataType.Int8, DataType.Int4]),
        // change log, 10.14
        new("Attention", new Version(10, 14), Floats),
        // change log, 10.15
        new("RMSNormalization", new Version(10, 15), Floats), new("RotaryEmbedding", new Version(10, 15), Floats),
        new("TensorScatter", new Version(10, 15), [.. Floats, DataType.Int32]),
    ];

    /// <summary>The operator, or null when no version takes it.</summary>
    public static TensorRtOperator? Find(string name) => All.FirstOrDefault(o => o.Name == name);

    /// <summary>
    /// The newest opset of a version: 24 from 10.15 on (operators.md). For 10.3 it is 21, which has INT4 blocks
    /// (NVIDIA/TensorRT#4298: block-wise quantization is only supported in opset 21 onwards); its own matrix says 20.
    /// </summary>
    public static int MaxOpset(Version version) => version >= new Version(10, 15) ? 24 : 21;
}
