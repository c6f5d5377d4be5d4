using EdgeAgent.Bundles;
using static EdgeAgent.Inference.Graph.Onnx.TensorProto.Types;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>
/// The decoder for ONNX Runtime's CUDA provider: com.microsoft.MatMulNBits and GroupQueryAttention, with any number of rows and
/// tokens. Inputs, outputs and attention are those of <see cref="CpuDecoderGraph"/>; floats are of the graph's type, logits
/// float32. Symbols as there.
/// </summary>
internal static class CudaDecoderGraph
{
    public static void Write(FormGraph graph)
    {
        var (a, g) = (graph.Architecture, graph.Nodes);
        object[] residual = ["B", "S", a.Hidden];
        var x = g.Input(CpuDecoderGraph.Embeds, graph.Type, residual);
        g.Input(CpuDecoderGraph.SeqLens, DataType.Int32, "B");
        g.Input(CpuDecoderGraph.TotalLength, DataType.Int32);
        if (CpuDecoderGraph.NeedsPositions(a)) g.Input(CpuDecoderGraph.Positions, DataType.Int64, "B", "S");
        for (var layer = 0; layer < a.Layers; layer++)
        {
            var attended = Attention(graph, layer, Norm(graph, x, WeightNames.AttentionNorm(layer)));
            x = graph.Op("Add", x, graph.Linear(attended, WeightNames.AttentionOut(layer), a.Heads * a.HeadSize, a.Hidden, residual));
            var activated = StaticDecoderGraph.Activation(graph, layer, Norm(graph, x, WeightNames.FeedForwardNorm(layer)), residual);
            x = graph.Op("Add", x, graph.Linear(activated, WeightNames.Down(layer), a.FeedForward, a.Hidden, residual));
        }
        // only the last position's logits are needed: [B, S, D] -> [B, 1, D]
        x = graph.Op("Gather", [x, g.Constant("last", [-1])], GraphBuilder.Int("axis", 1));
        x = graph.Linear(Norm(graph, x, WeightNames.FinalNorm), WeightNames.Head, a.Hidden, a.Vocabulary, ["B", 1, a.Hidden]);
        x = graph.Reshape(x, -1, a.Vocabulary);
        g.Node("Cast", [x], CpuDecoderGraph.Logits, "", GraphBuilder.Int("to", (long)DataType.Float));
        g.Output(CpuDecoderGraph.Logits, DataType.Float, "B", a.Vocabulary);
    }

    /// <summary>Normalized input [B, S, D] to the heads' outputs [B, S, H * headSize]; caches [B, KV, C, headSize].</summary>
    private static string Attention(FormGraph graph, int layer, string h)
    {
        var (a, g) = (graph.Architecture, graph.Nodes);
        object[] cache = ["B", a.KvHeads, graph.Options.CacheLength, a.HeadSize];
        string[] caches = [CpuDecoderGraph.PastKey(layer), CpuDecoderGraph.PastValue(layer)];
        foreach (var name in caches) g.Input(name, graph.Type, cache);
        var qkv = graph.Linear(h, WeightNames.Qkv(layer), a.Hidden, a.QkvSize, ["B", "S", a.Hidden]); // [B, S, (H + 2 KV) * headSize]
        if (a.QkvBias) qkv = graph.Op("Add", qkv, graph.Weight(WeightNames.QkvBias(layer)));
        string[] lengths = [CpuDecoderGraph.SeqLens, CpuDecoderGraph.TotalLength];
        var rotatesBefore = CpuDecoderGraph.NeedsPositions(a);
        string[] parts = rotatesBefore || a.HeadNorms ? Parts(graph, layer, qkv, rotatesBefore) : [qkv, "", ""];
        string[] tables = rotatesBefore ? [] : [graph.Weight(FormGraph.Cos), graph.Weight(FormGraph.Sin)];
        string[] presents = [CpuDecoderGraph.PresentKey(layer), CpuDecoderGraph.PresentValue(layer)];
        foreach (var name in presents) g.Output(name, graph.Type, cache);
        return g.Nodes("GroupQueryAttention", [.. parts, .. caches, .. lengths, .. tables], [g.Fresh(), .. presents],
            GraphBuilder.MicrosoftDomain, GraphBuilder.Int("num_heads", a.Heads), GraphBuilder.Int("kv_num_heads", a.KvHeads),
            GraphBuilder.Int("do_rotary", rotatesBefore ? 0 : 1))[0];
    }

    /// <summary>Query, key and value apart, [B, S, n * headSize] each: normalized by head, rotated, or both.</summary>
    private static string[] Parts(FormGraph graph, int layer, string qkv, bool rotate)
    {
        var a = graph.Architecture;
        var parts = graph.Split(qkv, a.Heads * a.HeadSize, a.KvHeads * a.HeadSize, a.KvHeads * a.HeadSize);
        (int Heads, string Norm)[] which = [(a.Heads, WeightNames.QueryNorm(layer)), (a.KvHeads, WeightNames.KeyNorm(layer))];
        for (var i = 0; i < which.Length; i++)
        {
            if (a.HeadNorms)
            {
                var split = graph.Reshape(parts[i], 0, 0, which[i].Heads, a.HeadSize);
                parts[i] = graph.Reshape(Norm(graph, split, which[i].Norm), 0, 0, which[i].Heads * a.HeadSize);
            }
            if (rotate)
                parts[i] = graph.Op("RotaryEmbedding",
                    [parts[i], graph.Weight(FormGraph.Cos), graph.Weight(FormGraph.Sin), CpuDecoderGraph.Positions],
                    GraphBuilder.Int("num_heads", which[i].Heads));
        }
        return parts;
    }

    private static string Norm(FormGraph graph, string x, string weight) => graph.Op("RMSNormalization", [x, graph.Weight(weight)],
        GraphBuilder.Int("axis", -1), GraphBuilder.Float("epsilon", graph.Architecture.RmsEpsilon));
}
