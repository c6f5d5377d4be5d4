using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Inference.Graph.Forms;
using EdgeAgent.Platform;

namespace EdgeAgent.Inference.Decoders.Static;

/// <summary>
/// form.json beside exported graphs: what they are, and how ONNX Runtime's TensorRT provider is to run each of them.
/// </summary>
internal static class FormManifest
{
    public const string Suffix = "form.json";

    /// <summary>Where the provider options keep engines, below the folder the program runs in.</summary>
    private const string EngineDirectory = "engines";

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping
    };

    public static void Write(string path, Bundle bundle, FormOptions options, IReadOnlyList<ExportedGraph> graphs)
    {
        var digest = FormExport.WeightsDigest(bundle);
        var manifest = new JsonObject
        {
            ["student"] = bundle.Manifest.Name,
            ["version"] = bundle.Manifest.Version,
            ["form"] = FormNames.Of(options.Form),
            ["precision"] = FormNames.Of(options.Precision),
            ["linears"] = FormNames.Of(options.Linears),
            ["attention"] = options.Form == GraphForm.TensorRt ? FormNames.Of(options.Attention) : null,
            ["context"] = options.Context,
            ["cache_length"] = options.CacheLength,
            ["generator"] = FormGraph.Version,
            ["onnxruntime"] = OnnxRuntimeLibrary.Environment.GetVersionString(),
            ["weights_sha256"] = digest,
            ["graphs"] = new JsonArray([.. graphs.Select(g => (JsonNode)Describe(g, options, digest))]),
        };
        DurableFile.WriteAllText(path, manifest.ToJsonString(Readable) + "\n");
    }

    private static JsonObject Describe(ExportedGraph graph, FormOptions options, string digest)
    {
        var node = new JsonObject { ["file"] = Path.GetFileName(graph.Path), ["name"] = graph.Name };
        if (!options.IsStatic) return node;
        var target = TensorRtOperators.Versions.First(v => TensorRtLint.FormFor(v) == options.Form);
        var key = new GraphKey(options, graph.Shape, digest, OnnxRuntimeLibrary.Environment.GetVersionString(), $"{target}");
        node["rows"] = graph.Shape.Rows;
        node["tokens"] = graph.Shape.Tokens;
        node["provider_options"] = new JsonObject(TensorRtProvider.Options(key, EngineDirectory)
            .Select(o => KeyValuePair.Create(o.Key, (JsonNode?)o.Value)));
        return node;
    }
}
