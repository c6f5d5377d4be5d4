namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>One rule that TensorRT has for a graph.</summary>
/// <param name="Id">Its name in findings.</param>
/// <param name="Text">What must be so.</param>
/// <param name="Source">Where it is said.</param>
/// <param name="IsConfirmed">Whether the source says it in so many words; otherwise it is a conclusion, kept to be safe.</param>
internal sealed record TensorRtRule(string Id, string Text, string Source, bool IsConfirmed = true);

/// <summary>A node, or the graph, that breaks a rule.</summary>
/// <param name="Node">The node's name; the graph's name for what concerns all of it.</param>
internal sealed record RuleFinding(string Node, string Rule, string Expected, string Found)
{
    public override string ToString() => $"{Node}: {Rule}: expected {Expected}; found {Found}";
}

/// <summary>
/// TensorRT's rules, each with its source. "operators.md", "change log" and "importers" are docs/operators.md (10.15),
/// docs/Changelog.md and onnxOpImporters.cpp of github.com/onnx/onnx-tensorrt; "operator reference" and "API" are the operator pages
/// and the C++ reference at docs.nvidia.com/deeplearning/tensorrt.
/// </summary>
internal static class TensorRtRules
{
    public const string Domain = "domain", Operator = "operator", Opset = "opset", IrVersion = "ir-version", Type = "type",
        SameTypes = "same-types", StaticSizes = "static-sizes", NodeNames = "unique-node-names", TensorNames = "unique-tensor-names",
        Constants = "constant-inputs", QuantizedConstant = "quantized-constant", ScalePositive = "scale-positive",
        ZeroPoint = "zero-point", Blocks = "blocks", AttentionRank = "attention-rank", AttentionInputs = "attention-inputs",
        AttentionAttributes = "attention-attributes", RotaryPositions = "rotary-positions", CacheAxis = "cache-axis",
        CacheBinding = "cache-binding", ScatterReduction = "scatter-reduction";

    public static readonly IReadOnlyList<TensorRtRule> All =
    [
        new(Domain, "nodes are of the standard domain",
            "importers, FallbackPluginImporter: any other operator is looked for as a plugin"),
        new(Operator, "the version's parser has the operator", "operators.md, change log"),
        new(Opset, "the model's opset is one the version reads", "operators.md; for 10.3 NVIDIA/TensorRT#4298", IsConfirmed: false),
        new(IrVersion, "the model's IR version is that of the ONNX release the parser was built with: 10 for ONNX 1.16, up to 10.5",
            "change log, 10.6: ONNX submodule 1.17; ONNX Versioning.md", IsConfirmed: false),
        new(Type, "the operator takes the element type", "operators.md"),
        new(SameTypes, "operands that are combined have one type: a strongly typed network converts nothing by itself",
            "Developer Guide, strongly typed networks", IsConfirmed: false),
        new(StaticSizes, "inputs and outputs have fixed sizes",
            "operator reference, KVCacheUpdate: the sequence length is static; the rest is our own choice (one engine, one shape)"),
        new(NodeNames, "node names are there and unique", "ONNX IR, Names Within a Graph; API, ILayer::setName for refitting"),
        new(TensorNames, "a tensor is defined once", "ONNX IR, Names Within a Graph"),
        new(Constants, "axes, shapes and sizes are initializers", "operators.md: ReduceMean and ReduceSum; Split and Reshape to be safe"),
        new(QuantizedConstant, "quantized values and their scales are initializers",
            "operator reference, Dequantize: the scale must be a build-time constant; INT4 is for weights only"),
        new(ScalePositive, "scales are above 0", "importers, QuantDequantLinearHelper: scale coefficients must all be positive"),
        new(ZeroPoint, "there is no zero point, or it is 0", "operators.md, DequantizeLinear"),
        new(Blocks, "scales have the rank of the values, one axis of the last two is blocked, the block divides it, and INT4 values "
            + "are even in number", "importers, QuantDequantLinearHelper; API, IDequantizeLayer"),
        new(AttentionRank, "query, key, value and mask have four dimensions", "operators.md, Attention"),
        new(AttentionInputs, "no past, no present, no lengths of rows, no scores as output", "operators.md, Attention"),
        new(AttentionAttributes, "no softcap, no softmax precision, no scores' mode",
            "operators.md, Attention; onnxOpCheckers.cpp of the same repository"),
        new(RotaryPositions, "positions are int64", "operators.md, RotaryEmbedding"),
        new(CacheAxis, "cache and update have four dimensions, and the axis is -2", "operators.md, TensorScatter"),
        new(CacheBinding, "the cache is an input of the network and its update an output, of one shape and type: they share their memory",
            "operator reference, KVCacheUpdate"),
        new(ScatterReduction, "ScatterND has no reduction", "operators.md, ScatterND"),
    ];
}
