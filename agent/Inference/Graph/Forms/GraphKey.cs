using System.Security.Cryptography;
using System.Text;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>
/// What an engine was built from. The TensorRT provider names a cached engine after the graph's name and its operators, not its
/// shapes (onnxruntime#32254): two graphs of one student that differ in rows or length alone would get each other's engine.
/// Therefore every combination has a graph name and a cache prefix of its own.
/// </summary>
/// <param name="WeightsDigest">SHA-256 of the bundle's weights, hexadecimal.</param>
/// <param name="OnnxRuntime">Version of the library.</param>
/// <param name="TensorRt">Version of the library; empty where there is none.</param>
/// <param name="Gpu">Architecture the engine is built for, such as <c>sm87</c>; empty where there is none.</param>
internal sealed record GraphKey(FormOptions Options, GraphShape Shape, string WeightsDigest, string OnnxRuntime, string TensorRt = "",
    string Gpu = "")
{
    private const int DigestCharacters = 16;

    /// <summary>The graph's own name: form, rows, tokens, cache length, precision, linears and attention.</summary>
    public string Name => NameOf(Options, Shape);

    /// <summary>File prefix of the engine: the graph's name and a digest of all that the key holds.</summary>
    public string CachePrefix => $"{Name}-{Digest()}";

    /// <summary>The name of a graph, the same in every version of the libraries.</summary>
    public static string NameOf(FormOptions options, GraphShape shape) =>
        $"{FormNames.Of(options.Form)}-r{Size(shape.Rows)}-s{Size(shape.Tokens)}-c{shape.CacheLength}" +
        $"-{FormNames.Of(options.Precision)}-{FormNames.Of(options.Linears)}" +
        (options.Form == GraphForm.TensorRt ? $"-{FormNames.Of(options.Attention)}" : "");

    private static string Size(int size) => size == 0 ? "any" : $"{size}";

    private string Digest()
    {
        var all = string.Join('\n', Name, $"generator {FormGraph.Version}", $"cpu generator {CpuDecoderGraph.Version}",
            $"weights {WeightsDigest}", $"onnxruntime {OnnxRuntime}", $"tensorrt {TensorRt}", $"gpu {Gpu}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)))[..DigestCharacters];
    }
}
