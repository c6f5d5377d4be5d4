using EdgeAgent.Bundles;
using EdgeAgent.Inference.Graph;
using static EdgeAgent.Inference.Graph.Onnx.TensorProto.Types;

namespace EdgeAgent.Import.Calibration;

/// <summary>
/// Graphs for calibration: a decoder layer up to the input of each linear, with the layer's weights as float32 graph inputs under
/// the names of layer 0. Built from the parts of <see cref="CpuDecoderGraph"/>. All tensors are [1, S, ...].
/// </summary>
internal static class CalibrationGraph
{
    public const string State = "state", NextState = "next_state", Tap = "tap";

    /// <summary>
    /// Computes the input of a linear (qkv, attention_out, gate_up or down) from the state: for qkv and attention_out the state
    /// before the layer, for gate_up and down the state after attention.
    /// </summary>
    public static byte[] Input(string linear, Architecture a, int context) => linear switch
    {
        "qkv" => Build(a, 0, Tap, (g, x, _, _) => CpuDecoderGraph.Norm(g, a, x, WeightNames.AttentionNorm(0))),
        "attention_out" => Build(a, context, Tap, (g, x, cos, sin) => Attend(g, a, x, cos, sin, context)),
        "gate_up" => Build(a, 0, Tap, (g, x, _, _) => CpuDecoderGraph.Norm(g, a, x, WeightNames.FeedForwardNorm(0))),
        "down" => Build(a, 0, Tap, (g, x, _, _) => Activate(g, a, x)),
        _ => throw new ArgumentException($"no calibration for '{linear}'", nameof(linear)),
    };

    /// <summary>Computes the state after a linear that adds to it, attention_out or down, from the state before and its input.</summary>
    public static byte[] After(string linear, Architecture a)
    {
        var (k, name) = linear == "attention_out"
            ? (a.Heads * a.HeadSize, WeightNames.AttentionOut(0)) : (a.FeedForward, WeightNames.Down(0));
        return Build(a, 0, NextState,
            (g, x, _, _) => g.Node("Add", [x, g.Linear(g.Input(Tap, DataType.Float, 1, "S", k), name, k, a.Hidden)]));
    }

    private static string Attend(GraphBuilder g, Architecture a, string x, string cos, string sin, int context) =>
        CpuDecoderGraph.Attention(g, a, 0, CpuDecoderGraph.Norm(g, a, x, WeightNames.AttentionNorm(0)), cos, sin, context);

    private static string Activate(GraphBuilder g, Architecture a, string x) =>
        CpuDecoderGraph.Activation(g, a, 0, CpuDecoderGraph.Norm(g, a, x, WeightNames.FeedForwardNorm(0)));

    /// <param name="context">0 where the piece has no attention.</param>
    private static byte[] Build(Architecture a, int context, string output, Func<GraphBuilder, string, string, string, string> body)
    {
        var g = new GraphBuilder(null, 0);
        var x = g.Input(State, DataType.Float, 1, "S", a.Hidden);
        var (cos, sin) = ("", "");
        if (context > 0)
        {
            g.Input(CpuDecoderGraph.SeqLens, DataType.Int32, "B");
            g.Input(CpuDecoderGraph.TotalLength, DataType.Int32);
            if (CpuDecoderGraph.NeedsPositions(a)) g.Input(CpuDecoderGraph.Positions, DataType.Int64, "B", "S");
            (cos, sin) = CpuDecoderGraph.RotaryTables(g, a, context);
        }
        g.Node("Identity", [body(g, x, cos, sin)], output);
        g.Output(output, DataType.Float, 1, "S", output == Tap ? "K" : a.Hidden);
        return GraphBuilder.Serialize(g);
    }
}
