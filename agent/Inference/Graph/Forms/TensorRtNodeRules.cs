using System.Runtime.InteropServices;
using EdgeAgent.Inference.Graph.Onnx;
using static EdgeAgent.Inference.Graph.Onnx.TensorProto.Types;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>The rules of single operators.</summary>
internal static class TensorRtNodeRules
{
    public static IEnumerable<RuleFinding> Check(NodeProto node, GraphProto graph, TensorFacts facts,
        Func<TensorProto, float?> smallest) => node.OpType switch
        {
            "DequantizeLinear" => Dequantize(node, facts, smallest),
            "Attention" => Attention(node, facts),
            "RotaryEmbedding" => Rotary(node, facts),
            "TensorScatter" => Cache(node, graph, facts),
            "ScatterND" => Scatter(node),
            "ReduceMean" or "ReduceSum" or "Split" or "Reshape" => Constant(node, facts),
            _ => [],
        };

    private static IEnumerable<RuleFinding> Constant(NodeProto node, TensorFacts facts)
    {
        if (node.Input.Count > 1 && facts.Initializer(node.Input[1]) is null)
            yield return TensorRtChecker.Broken(node, TensorRtRules.Constants, "an initializer", $"'{node.Input[1]}'");
    }

    private static IEnumerable<RuleFinding> Dequantize(NodeProto node, TensorFacts facts, Func<TensorProto, float?> smallest)
    {
        var (values, scale) = (facts.Initializer(node.Input[0]), facts.Initializer(node.Input[1]));
        if (values is null || scale is null)
        {
            yield return TensorRtChecker.Broken(node, TensorRtRules.QuantizedConstant, "initializers",
                $"'{(values is null ? node.Input[0] : node.Input[1])}'");
            yield break;
        }
        if (node.Input.Count > 2 && node.Input[2].Length > 0
            && (facts.Initializer(node.Input[2]) is not { } zero || zero.RawData.Any(b => b != 0)))
            yield return TensorRtChecker.Broken(node, TensorRtRules.ZeroPoint, "no zero point, or 0", $"'{node.Input[2]}'");
        if ((scale.HasRawData ? Smallest(scale) : smallest(scale)) is { } value && !(value > 0))
            yield return TensorRtChecker.Broken(node, TensorRtRules.ScalePositive, "scales above 0", $"{value} in '{scale.Name}'");
        if (BlockProblem(node, values, scale) is { } problem)
            yield return TensorRtChecker.Broken(node, TensorRtRules.Blocks, "one axis in blocks that divide it", problem);
    }

    private static string? BlockProblem(NodeProto node, TensorProto values, TensorProto scale)
    {
        if (scale.Dims.Count != values.Dims.Count) return $"scales of rank {scale.Dims.Count} for values of rank {values.Dims.Count}";
        var axis = (int)TensorFacts.Int(node, "axis", 1);
        if (axis < 0) axis += values.Dims.Count;
        if (axis < values.Dims.Count - 2 || axis >= values.Dims.Count) return $"axis {axis} of {values.Dims.Count}";
        for (var i = 0; i < values.Dims.Count; i++)
        {
            if (i != axis && values.Dims[i] != scale.Dims[i]) return $"{scale.Dims[i]} scales for {values.Dims[i]} values of axis {i}";
            if (i == axis && (scale.Dims[i] == 0 || values.Dims[i] != scale.Dims[i] * TensorFacts.Int(node, "block_size", 0)))
                return $"{scale.Dims[i]} blocks of {TensorFacts.Int(node, "block_size", 0)} for {values.Dims[i]} values";
        }
        return values.DataType == (int)DataType.Int4 && values.Dims.Aggregate(1L, (n, d) => n * d) % 2 != 0
            ? "an odd number of INT4 values" : null;
    }

    private static float? Smallest(TensorProto tensor)
    {
        var bytes = tensor.RawData.Span;
        var smallest = float.PositiveInfinity;
        if ((DataType)tensor.DataType == DataType.Float)
            foreach (var value in MemoryMarshal.Cast<byte, float>(bytes)) smallest = Math.Min(smallest, value);
        else if ((DataType)tensor.DataType == DataType.Float16)
            foreach (var value in MemoryMarshal.Cast<byte, Half>(bytes)) smallest = Math.Min(smallest, (float)value);
        else return null;
        return smallest;
    }

    private static IEnumerable<RuleFinding> Attention(NodeProto node, TensorFacts facts)
    {
        foreach (var input in node.Input.Take(4))
            if (facts.Rank(input) != 4)
                yield return TensorRtChecker.Broken(node, TensorRtRules.AttentionRank, "4 dimensions", $"{facts.Rank(input)} ('{input}')");
        foreach (var extra in node.Input.Skip(4).Concat(node.Output.Skip(1)).Where(t => t.Length > 0))
            yield return TensorRtChecker.Broken(node, TensorRtRules.AttentionInputs, "query, key, value and mask; one output",
                $"'{extra}'");
        foreach (var attribute in node.Attribute)
            if (attribute.Name is "softmax_precision" or "qk_matmul_output_mode" || (attribute.Name == "softcap" && attribute.F != 0))
                yield return TensorRtChecker.Broken(node, TensorRtRules.AttentionAttributes, "none of them", attribute.Name);
    }

    private static IEnumerable<RuleFinding> Rotary(NodeProto node, TensorFacts facts)
    {
        if (node.Input.Count > 3 && facts.Type(node.Input[3]) != DataType.Int64)
            yield return TensorRtChecker.Broken(node, TensorRtRules.RotaryPositions, "int64", $"{facts.Type(node.Input[3])}");
    }

    private static IEnumerable<RuleFinding> Cache(NodeProto node, GraphProto graph, TensorFacts facts)
    {
        var axis = TensorFacts.Int(node, "axis", -2);
        if (axis != -2 || facts.Rank(node.Input[0]) != 4 || facts.Rank(node.Input[1]) != 4)
            yield return TensorRtChecker.Broken(node, TensorRtRules.CacheAxis, "4 dimensions and axis -2",
                $"{facts.Rank(node.Input[0])} and {facts.Rank(node.Input[1])} dimensions, axis {axis}");
        var past = graph.Input.FirstOrDefault(i => i.Name == node.Input[0]);
        var present = graph.Output.FirstOrDefault(o => o.Name == node.Output[0]);
        if (past is null || present is null || !past.Type.Equals(present.Type))
            yield return TensorRtChecker.Broken(node, TensorRtRules.CacheBinding, "an input and an output of one shape and type",
                past is null ? $"'{node.Input[0]}' is no input"
                    : present is null ? $"'{node.Output[0]}' is no output" : "another shape or type");
    }

    private static IEnumerable<RuleFinding> Scatter(NodeProto node)
    {
        if (node.Attribute.Any(a => a.Name == "reduction" && a.S.ToStringUtf8() != "none"))
            yield return TensorRtChecker.Broken(node, TensorRtRules.ScatterReduction, "none",
                node.Attribute.First(a => a.Name == "reduction").S.ToStringUtf8());
    }
}
