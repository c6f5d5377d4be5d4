using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using static EdgeAgent.Inference.Graph.Onnx.TensorProto.Types;
using Architecture = EdgeAgent.Bundles.Architecture;

namespace EdgeAgent.Inference.Graph;

/// <summary>
/// The decoder for ONNX Runtime's CPU execution provider. Attention is com.microsoft.GroupQueryAttention: rotary positions
/// inside, packed query/key/value, past and present cache in the same buffer. Its inner rotation needs a head size that is a
/// multiple of 16; other sizes are rotated by RotaryEmbedding before it, from a position_ids input. Symbols: B rows, S new tokens
/// of each row (B is 1 when S is over 1 and a past exists), C context, D hidden, H heads, KV key/value heads, F feed-forward,
/// V vocabulary.
/// </summary>
internal static class CpuDecoderGraph
{
    /// <summary>Raised with every change of the generated graph; prepared sessions are cached by it.</summary>
    public const int Version = 4;

    public const string Embeds = "inputs_embeds", SeqLens = "seqlens_k", TotalLength = "total_sequence_length", Positions = "position_ids",
        Logits = "logits";

    private const int RotationMultiple = 16;

    /// <summary>Whether the graph has the position_ids input, int64 [B, S].</summary>
    public static bool NeedsPositions(Architecture a) => a.HeadSize % RotationMultiple != 0;

    public static string PastKey(int layer) => $"past_key.{layer}";
    public static string PastValue(int layer) => $"past_value.{layer}";
    public static string PresentKey(int layer) => $"present_key.{layer}";
    public static string PresentValue(int layer) => $"present_value.{layer}";

    /// <param name="allLogits">True: logits of every position, [B, S, V], for measurements. False: of the last one, [B, V].</param>
    /// <param name="accuracyLevel">Of a head that is the embedding's table: 4 or 1. Linears take it from the session's options.</param>
    public static byte[] Generate(Bundle bundle, int context, bool allLogits = false, int accuracyLevel = 4)
    {
        var a = bundle.Manifest.Architecture;
        var g = new GraphBuilder(bundle.Weights, bundle.Manifest.Quantization.Block);
        var x = g.Input(Embeds, DataType.Float, "B", "S", a.Hidden);
        g.Input(SeqLens, DataType.Int32, "B");
        g.Input(TotalLength, DataType.Int32);
        if (NeedsPositions(a)) g.Input(Positions, DataType.Int64, "B", "S");
        var (cos, sin) = RotaryTables(g, a, context);
        for (var layer = 0; layer < a.Layers; layer++) x = Layer(g, a, layer, x, cos, sin, context);

        if (!allLogits)
        {
            // only the last position's logits are needed: [B, S, D] -> [B, D]
            var last = g.Constant("last", DataType.Int64, MemoryMarshal.AsBytes<long>([-1]));
            x = g.Node("Gather", [x, last], null, "", GraphBuilder.Int("axis", 1));
        }
        x = Norm(g, a, x, WeightNames.FinalNorm);
        x = bundle.Embedding.IsHead
            ? g.TableHead(x, bundle.Embedding, a, accuracyLevel)
            : g.Linear(x, WeightNames.Head, a.Hidden, a.Vocabulary, rank: allLogits ? 3 : 2);
        g.Node("Identity", [x], Logits);
        g.Output(Logits, DataType.Float, allLogits ? ["B", "S", a.Vocabulary] : ["B", a.Vocabulary]);
        return GraphBuilder.Serialize(g);
    }

    private static string Layer(GraphBuilder g, Architecture a, int layer, string x, string cos, string sin, int context)
    {
        var attended = Attention(g, a, layer, Norm(g, a, x, WeightNames.AttentionNorm(layer)), cos, sin, context);
        x = g.Node("Add", [x, g.Linear(attended, WeightNames.AttentionOut(layer), a.Heads * a.HeadSize, a.Hidden)]);
        var activated = Activation(g, a, layer, Norm(g, a, x, WeightNames.FeedForwardNorm(layer)));
        return g.Node("Add", [x, g.Linear(activated, WeightNames.Down(layer), a.FeedForward, a.Hidden)]);
    }

    /// <summary>Normalized input [B, S, D] to the heads' outputs [B, S, H * headSize]; caches [B, KV, C, headSize].</summary>
    internal static string Attention(GraphBuilder g, Architecture a, int layer, string h, string cos, string sin, int context)
    {
        object[] cache = ["B", a.KvHeads, context, a.HeadSize];
        var qkv = g.Linear(h, WeightNames.Qkv(layer), a.Hidden, a.QkvSize); // [B, S, (H + 2 KV) * headSize]
        g.Input(PastKey(layer), DataType.Float, cache);
        g.Input(PastValue(layer), DataType.Float, cache);
        if (a.QkvBias) qkv = g.Node("Add", [qkv, g.Weight(WeightNames.QkvBias(layer), DataType.Float, a.QkvSize)]);
        string[] cacheInputs = [PastKey(layer), PastValue(layer), SeqLens, TotalLength];
        string[] inputs = NeedsPositions(a) ? [.. Rotated(g, a, Heads(g, a, layer, qkv), cos, sin), .. cacheInputs]
            : a.HeadNorms ? [.. Heads(g, a, layer, qkv), .. cacheInputs, cos, sin]
            : [qkv, "", "", .. cacheInputs, cos, sin];
        var attended = g.Nodes("GroupQueryAttention", inputs, [g.Fresh(), PresentKey(layer), PresentValue(layer)],
            GraphBuilder.MicrosoftDomain,
            GraphBuilder.Int("num_heads", a.Heads), GraphBuilder.Int("kv_num_heads", a.KvHeads),
            GraphBuilder.Int("do_rotary", NeedsPositions(a) ? 0 : 1))[0];
        g.Output(PresentKey(layer), DataType.Float, cache);
        g.Output(PresentValue(layer), DataType.Float, cache);
        return attended;
    }

    /// <summary>Normalized input [B, S, D] to the input of the down projection, [B, S, F].</summary>
    internal static string Activation(GraphBuilder g, Architecture a, int layer, string h)
    {
        var both = g.Linear(h, WeightNames.GateUp(layer), a.Hidden, 2 * a.FeedForward); // [B, S, 2 F]
        var halves = g.Nodes("Split", [both], [g.Fresh(), g.Fresh()], "", GraphBuilder.Int("axis", -1), GraphBuilder.Int("num_outputs", 2));
        var gate = g.Node("Mul", [halves[0], g.Node("Sigmoid", [halves[0]])]); // SiLU
        return g.Node("Mul", [gate, halves[1]]);
    }

    /// <summary>
    /// Splits [B, S, (H + 2 KV) * headSize] into query [B, S, H * headSize], key and value [B, S, KV * headSize]; normalizes the
    /// heads of the first two when the architecture does.
    /// </summary>
    private static string[] Heads(GraphBuilder g, Architecture a, int layer, string qkv)
    {
        var sizes = g.Constant(g.Fresh(), [a.Heads * a.HeadSize, a.KvHeads * a.HeadSize, a.KvHeads * a.HeadSize]);
        var parts = g.Nodes("Split", [qkv, sizes], [g.Fresh(), g.Fresh(), g.Fresh()], "", GraphBuilder.Int("axis", -1));
        if (!a.HeadNorms) return parts;
        return [HeadNorm(g, a, parts[0], a.Heads, WeightNames.QueryNorm(layer)),
            HeadNorm(g, a, parts[1], a.KvHeads, WeightNames.KeyNorm(layer)), parts[2]];
    }

    /// <summary>[B, S, n * headSize], each head normalized by itself.</summary>
    private static string HeadNorm(GraphBuilder g, Architecture a, string x, int heads, string name)
    {
        var split = g.Node("Reshape", [x, g.Constant(g.Fresh(), [0, 0, heads, a.HeadSize])]);
        var normed = g.Node("RMSNormalization", [split, g.Weight(name, DataType.Float, a.HeadSize)], null, "", GraphBuilder.Int("axis", -1),
            GraphBuilder.Float("epsilon", a.RmsEpsilon));
        return g.Node("Reshape", [normed, g.Constant(g.Fresh(), [0, 0, heads * a.HeadSize])]);
    }

    private static string[] Rotated(GraphBuilder g, Architecture a, string[] parts, string cos, string sin) =>
    [
        g.Node("RotaryEmbedding", [parts[0], cos, sin, Positions], null, "", GraphBuilder.Int("num_heads", a.Heads)),
        g.Node("RotaryEmbedding", [parts[1], cos, sin, Positions], null, "", GraphBuilder.Int("num_heads", a.KvHeads)),
        parts[2],
    ];

    internal static string Norm(GraphBuilder g, Architecture a, string x, string name) =>
        g.Node("RMSNormalization", [x, g.Weight(name, DataType.Float, a.Hidden)], null, "", GraphBuilder.Int("axis", -1),
            GraphBuilder.Float("epsilon", a.RmsEpsilon));

    /// <summary>cos and sin of every position, float32 [C, headSize / 2] each.</summary>
    internal static (string Cos, string Sin) RotaryTables(GraphBuilder g, Architecture a, int context)
    {
        var (half, rotary) = (a.HeadSize / 2, RotaryFrequencies.Of(a));
        string Table(string name, Func<double, double> function)
        {
            var table = new float[context * half];
            for (var p = 0; p < context; p++) RotaryFrequencies.Row(rotary, p, function, table.AsSpan(p * half, half));
            return g.Constant(name, DataType.Float, MemoryMarshal.AsBytes<float>(table), context, half);
        }
        return (Table("cos", Math.Cos), Table("sin", Math.Sin));
    }
}
