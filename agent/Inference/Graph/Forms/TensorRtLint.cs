using System.Numerics.Tensors;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Inference.Graph.Onnx;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>Whether one version of TensorRT takes the graphs the agent would generate for it.</summary>
/// <param name="Nodes">Nodes of all graphs of the form.</param>
/// <param name="Taken">Nodes without a finding; 0 of a graph that is refused as a whole.</param>
internal sealed record TensorRtVerdict(Version Version, string Form, int Nodes, int Taken, IReadOnlyList<RuleFinding> Findings);

/// <summary>Generates a bundle's graphs for a version of TensorRT and holds them to its rules.</summary>
internal static class TensorRtLint
{
    private const int MaxContext = 4096;

    /// <summary>The form a version takes.</summary>
    public static GraphForm FormFor(Version version) => version >= new Version(10, 15) ? GraphForm.TensorRt : GraphForm.TensorRt103;

    /// <summary>Whether a version is served in a form; none before the first with one, nor where there is no TensorRT.</summary>
    public static bool Takes(Version? version, GraphForm form) =>
        version is not null && version >= TensorRtOperators.Versions.Min() && FormFor(version) == form;

    public static TensorRtVerdict Check(Bundle bundle, Version version)
    {
        var options = new FormOptions
        {
            Form = FormFor(version),
            Context = Math.Min(bundle.Manifest.Architecture.Context, MaxContext),
        };
        return Check(bundle, version, options, FormExport.Generate(bundle, options));
    }

    public static TensorRtVerdict Check(Bundle bundle, Version version, FormOptions options, IReadOnlyList<ModelProto> graphs)
    {
        var scales = new Dictionary<string, float?>();
        float? Smallest(TensorProto tensor)
        {
            if (!scales.TryGetValue(tensor.Name, out var value))
                scales[tensor.Name] = value = Read(bundle.Weights, tensor.Name, options.Precision);
            return value;
        }
        var findings = graphs.Select(g => (g.Graph, Findings: TensorRtChecker.Check(g, version, Smallest))).ToList();
        return new TensorRtVerdict(version, FormNames.Of(options.Form), graphs.Sum(g => g.Graph.Node.Count),
            findings.Sum(f => Taken(f.Graph, f.Findings)), [.. findings.SelectMany(f => f.Findings).Distinct()]);
    }

    private static int Taken(GraphProto graph, IReadOnlyList<RuleFinding> findings)
    {
        var nodes = graph.Node.Select(n => n.Name).ToHashSet();
        return findings.All(f => nodes.Contains(f.Node)) ? graph.Node.Count - findings.Select(f => f.Node).Distinct().Count() : 0;
    }

    /// <summary>The smallest value of a scale, as the form stores it; NaN where one is.</summary>
    private static float? Read(SafetensorsFile weights, string name, FloatPrecision precision)
    {
        if (!weights.Entries.TryGetValue(name, out var entry)) return null;
        var values = new float[entry.Elements];
        weights.ReadFloats(entry, 0, values);
        var smallest = TensorPrimitives.Min<float>(values);
        return precision == FloatPrecision.Fp16 ? (float)(Half)smallest : smallest;
    }
}
