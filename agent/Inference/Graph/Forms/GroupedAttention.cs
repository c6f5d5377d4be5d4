namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>
/// Attention of fixed sizes in primitive operators: MatMul, a mask, Softmax, MatMul. The query heads of one key head are computed
/// together. Symbols as in <see cref="IStaticOperators"/>.
/// </summary>
internal sealed class GroupedAttention(FormGraph graph, GraphShape shape)
{
    /// <summary>Instead of a score that is masked; within half precision, so that a row of masked scores stays a number.</summary>
    private const float Masked = -65504;

    private string? _masked;

    /// <summary>Scaled queries [R, H, S, h] over keys and values [R, KV, L, h], where the mask allows: [R, H, S, h].</summary>
    public string Attend(string query, string key, string value)
    {
        var a = graph.Architecture;
        long rows = shape.Rows, tokens = shape.Tokens, length = shape.CacheLength, group = a.Heads / a.KvHeads * tokens;
        _masked ??= graph.Number(Masked);
        // the heads of one group lie side by side: [R, H, S, h] is [R, KV, group * S, h]
        var grouped = graph.Reshape(query, rows, a.KvHeads, group, a.HeadSize);
        var scores = graph.Op("MatMul", grouped, graph.Transpose(key, 0, 1, 3, 2)); // [R, KV, group * S, L]
        scores = graph.Op("Where", FormGraph.Mask, graph.Reshape(scores, rows, a.Heads, tokens, length), _masked);
        var weights = graph.Reshape(graph.Op("Softmax", [scores], GraphBuilder.Int("axis", -1)), rows, a.KvHeads, group, length);
        return graph.Reshape(graph.Op("MatMul", weights, value), rows, a.Heads, tokens, a.HeadSize);
    }
}
