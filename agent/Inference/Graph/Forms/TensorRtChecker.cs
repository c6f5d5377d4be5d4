using EdgeAgent.Inference.Graph.Onnx;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>Holds a graph to <see cref="TensorRtRules"/> for one version of TensorRT.</summary>
internal static class TensorRtChecker
{
    /// <param name="smallest">
    /// The smallest value of an initializer outside the graph, or null when it is not known. Values in the graph are read there.
    /// </param>
    public static IReadOnlyList<RuleFinding> Check(ModelProto model, Version version, Func<TensorProto, float?> smallest)
    {
        var facts = new TensorFacts(model.Graph);
        var findings = new List<RuleFinding>();
        CheckModel(model, version, findings);
        CheckNames(model.Graph, findings);
        foreach (var node in model.Graph.Node)
        {
            if (node.Domain.Length > 0) findings.Add(Broken(node, TensorRtRules.Domain, "the standard domain", node.Domain));
            else if (TensorRtOperators.Find(node.OpType) is not { } known || known.Since > version)
                findings.Add(Broken(node, TensorRtRules.Operator, $"an operator of TensorRT {version}",
                    TensorRtOperators.Find(node.OpType) is { } later ? $"{node.OpType}, which came with {later.Since}" : node.OpType));
            else
            {
                CheckTypes(node, known, facts, findings);
                findings.AddRange(TensorRtNodeRules.Check(node, model.Graph, facts, smallest));
            }
        }
        return findings;
    }

    internal static RuleFinding Broken(NodeProto node, string rule, string expected, string found) => new(node.Name, rule, expected, found);

    private static void CheckModel(ModelProto model, Version version, List<RuleFinding> findings)
    {
        var name = model.Graph.Name;
        foreach (var opset in model.OpsetImport)
            if (opset.Domain.Length > 0) findings.Add(new RuleFinding(name, TensorRtRules.Domain, "the standard domain", opset.Domain));
            else if (opset.Version > TensorRtOperators.MaxOpset(version))
                findings.Add(new RuleFinding(name, TensorRtRules.Opset, $"at most {TensorRtOperators.MaxOpset(version)}",
                    $"{opset.Version}"));
        if (version < new Version(10, 6) && model.IrVersion > PrimitiveOperators.IrVersion)
            findings.Add(new RuleFinding(name, TensorRtRules.IrVersion, $"at most {PrimitiveOperators.IrVersion}", $"{model.IrVersion}"));
        foreach (var value in model.Graph.Input.Concat(model.Graph.Output))
            if (value.Type.TensorType.Shape.Dim.FirstOrDefault(d => d.DimValue <= 0) is { } dimension)
                findings.Add(new RuleFinding(value.Name, TensorRtRules.StaticSizes, "fixed sizes", $"'{dimension.DimParam}'"));
    }

    private static void CheckNames(GraphProto graph, List<RuleFinding> findings)
    {
        foreach (var nodes in graph.Node.GroupBy(n => n.Name).Where(g => g.Key.Length == 0 || g.Count() > 1))
            findings.Add(new RuleFinding(nodes.Key, TensorRtRules.NodeNames, "a name of its own",
                nodes.Key.Length == 0 ? "none" : $"{nodes.Count()} nodes of that name"));
        var defined = graph.Input.Select(i => i.Name).Concat(graph.Initializer.Select(i => i.Name))
            .Concat(graph.Node.SelectMany(n => n.Output)).Where(n => n.Length > 0);
        foreach (var twice in defined.GroupBy(n => n).Where(g => g.Count() > 1))
            findings.Add(new RuleFinding(twice.Key, TensorRtRules.TensorNames, "one definition", $"{twice.Count()}"));
    }

    private static void CheckTypes(NodeProto node, TensorRtOperator known, TensorFacts facts, List<RuleFinding> findings)
    {
        string[] data = node.OpType switch
        {
            "Where" => [.. node.Input.Skip(1)],
            "Add" or "Sub" or "Mul" or "Div" or "MatMul" or "Concat" => [.. node.Input],
            "Attention" or "RMSNormalization" or "RotaryEmbedding" => [.. node.Input.Take(3)],
            "TensorScatter" => [.. node.Input.Take(2)],
            "ScatterND" => [node.Input[0], node.Input[2]],
            _ => [node.Input[0]],
        };
        foreach (var input in data)
            if (!known.Types.Contains(facts.Type(input)))
                findings.Add(Broken(node, TensorRtRules.Type, $"{node.OpType} of {string.Join(", ", known.Types)}",
                    $"{facts.Type(input)} ('{input}')"));
        var types = data.Where(i => i.Length > 0).Select(facts.Type).Distinct().ToList();
        if (types.Count > 1)
            findings.Add(Broken(node, TensorRtRules.SameTypes, "one type", string.Join(" and ", types)));
    }
}
