using EdgeAgent.Bundles;
using static EdgeAgent.Inference.Graph.Onnx.TensorProto.Types;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>
/// A decoder with every size fixed, for TensorRT. Rows and lengths are in the inputs: positions [R, S] int64, a mask of what each
/// token may see [R, 1, S, L] bool, and where the cache is written. Symbols: R rows, S tokens of each row, L positions of the
/// cache, D hidden, H heads, KV key/value heads, h elements of a head, V vocabulary; T is the graph's type.
/// </summary>
internal static class StaticDecoderGraph
{
    public static void Write(FormGraph graph, IStaticOperators operators, GraphShape shape)
    {
        var (a, g) = (graph.Architecture, graph.Nodes);
        object[] residual = [shape.Rows, shape.Tokens, a.Hidden];
        var x = g.Input(CpuDecoderGraph.Embeds, graph.Type, residual);
        g.Input(CpuDecoderGraph.Positions, DataType.Int64, shape.Rows, shape.Tokens);
        g.Input(FormGraph.Mask, DataType.Bool, shape.Rows, 1, shape.Tokens, shape.CacheLength);
        if (shape.Tokens > 1) g.Input(FormGraph.Last, DataType.Int64, 1);
        var scale = graph.Number(1 / MathF.Sqrt(a.HeadSize));
        for (var layer = 0; layer < a.Layers; layer++)
        {
            var attended = Attention(graph, operators, shape, layer, operators.Norm(x, WeightNames.AttentionNorm(layer)), scale);
            x = graph.Op("Add", x, graph.Linear(attended, WeightNames.AttentionOut(layer), a.Heads * a.HeadSize, a.Hidden,
                [shape.Rows, shape.Tokens, a.Heads * a.HeadSize]));
            var activated = Activation(graph, layer, operators.Norm(x, WeightNames.FeedForwardNorm(layer)), residual);
            x = graph.Op("Add", x, graph.Linear(activated, WeightNames.Down(layer), a.FeedForward, a.Hidden,
                [shape.Rows, shape.Tokens, a.FeedForward]));
        }
        // a chunk that is partly padding ends before its last token: [1, S, D] -> [1, 1, D]
        if (shape.Tokens > 1) x = graph.Op("Gather", [x, FormGraph.Last], GraphBuilder.Int("axis", 1));
        x = graph.Linear(operators.Norm(x, WeightNames.FinalNorm), WeightNames.Head, a.Hidden, a.Vocabulary, [shape.Rows, 1, a.Hidden]);
        x = graph.Reshape(x, shape.Rows, a.Vocabulary);
        g.Node(graph.Type == DataType.Float ? "Identity" : "Cast", [x], CpuDecoderGraph.Logits, "",
            graph.Type == DataType.Float ? [] : [GraphBuilder.Int("to", (long)DataType.Float)]);
        g.Output(CpuDecoderGraph.Logits, DataType.Float, shape.Rows, a.Vocabulary);
    }

    /// <summary>Normalized input [R, S, D] to the heads' outputs [R, S, H * h]; caches [R, KV, L, h] of type T.</summary>
    private static string Attention(FormGraph graph, IStaticOperators operators, GraphShape shape, int layer, string h, string scale)
    {
        var a = graph.Architecture;
        var qkv = graph.Linear(h, WeightNames.Qkv(layer), a.Hidden, a.QkvSize, [shape.Rows, shape.Tokens, a.Hidden]);
        if (a.QkvBias) qkv = graph.Op("Add", qkv, graph.Weight(WeightNames.QkvBias(layer)));
        var parts = graph.Split(qkv, a.Heads * a.HeadSize, a.KvHeads * a.HeadSize, a.KvHeads * a.HeadSize);
        var query = Heads(graph, operators, shape, parts[0], a.Heads, a.HeadNorms ? WeightNames.QueryNorm(layer) : null);
        var key = Heads(graph, operators, shape, parts[1], a.KvHeads, a.HeadNorms ? WeightNames.KeyNorm(layer) : null);
        var value = Heads(graph, operators, shape, parts[2], a.KvHeads, null);
        query = graph.Op("Mul", operators.Rotate(query), scale);
        key = Cache(graph, operators, shape, operators.Rotate(key), CpuDecoderGraph.PastKey(layer), CpuDecoderGraph.PresentKey(layer));
        value = Cache(graph, operators, shape, value, CpuDecoderGraph.PastValue(layer), CpuDecoderGraph.PresentValue(layer));
        var attended = graph.Transpose(operators.Attend(query, key, value), 0, 2, 1, 3); // [R, S, H, h]
        return graph.Reshape(attended, shape.Rows, shape.Tokens, a.Heads * a.HeadSize);
    }

    /// <summary>[R, S, n * h] to [R, n, S, h]; each head is normalized by itself where a norm is given.</summary>
    private static string Heads(FormGraph graph, IStaticOperators operators, GraphShape shape, string x, int heads, string? norm)
    {
        var split = graph.Reshape(x, shape.Rows, shape.Tokens, heads, graph.Architecture.HeadSize);
        return graph.Transpose(norm is null ? split : operators.Norm(split, norm), 0, 2, 1, 3);
    }

    private static string Cache(FormGraph graph, IStaticOperators operators, GraphShape shape, string update, string past, string present)
    {
        object[] cache = [shape.Rows, graph.Architecture.KvHeads, shape.CacheLength, graph.Architecture.HeadSize];
        graph.Nodes.Input(past, graph.Type, cache);
        graph.Nodes.Output(present, graph.Type, cache);
        return operators.Write(past, update, present);
    }

    /// <summary>Normalized input [R, S, D] to the input of the down projection, [R, S, F].</summary>
    internal static string Activation(FormGraph graph, int layer, string h, object[] shape)
    {
        var a = graph.Architecture;
        var both = graph.Linear(h, WeightNames.GateUp(layer), a.Hidden, 2 * a.FeedForward, shape);
        var halves = graph.Split(both, a.FeedForward, a.FeedForward);
        return graph.Op("Mul", graph.Op("Mul", halves[0], graph.Op("Sigmoid", halves[0])), halves[1]); // SiLU
    }
}
