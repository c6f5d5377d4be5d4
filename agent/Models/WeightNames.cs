namespace EdgeAgent.Models;

/// <summary>Names of the tensors in weights.safetensors. A linear is <c>NAME.weight</c> (float32 [K, N]) or <c>NAME.int4</c> (U8 [K, N/2]) with <c>NAME.scale</c>.</summary>
public static class WeightNames
{
    public const string FileName = "weights.safetensors";

    /// <summary>[vocabulary, hidden], F32 or F16.</summary>
    public const string Embedding = "embedding";

    /// <summary>[hidden]</summary>
    public const string FinalNorm = "norm";

    /// <summary>[hidden, vocabulary]</summary>
    public const string Head = "head";

    public static string AttentionNorm(int layer) => $"layers.{layer}.attention_norm";
    public static string Qkv(int layer) => $"layers.{layer}.qkv";
    public static string AttentionOut(int layer) => $"layers.{layer}.attention_out";
    public static string FeedForwardNorm(int layer) => $"layers.{layer}.feed_forward_norm";
    public static string GateUp(int layer) => $"layers.{layer}.gate_up";
    public static string Down(int layer) => $"layers.{layer}.down";

    public static string Float(string linear) => linear + ".weight";
    public static string Int4(string linear) => linear + ".int4";
    public static string Scale(string linear) => linear + ".scale";

    /// <summary>Every linear of a student with its [K, N].</summary>
    public static IEnumerable<(string Name, int K, int N)> Linears(Architecture a)
    {
        for (var i = 0; i < a.Layers; i++)
        {
            yield return (Qkv(i), a.Hidden, a.QkvSize);
            yield return (AttentionOut(i), a.Heads * a.HeadSize, a.Hidden);
            yield return (GateUp(i), a.Hidden, 2 * a.FeedForward);
            yield return (Down(i), a.FeedForward, a.Hidden);
        }
        yield return (Head, a.Hidden, a.Vocabulary);
    }

    public static IEnumerable<string> Norms(Architecture a) =>
        Enumerable.Range(0, a.Layers).SelectMany(i => new[] { AttentionNorm(i), FeedForwardNorm(i) }).Append(FinalNorm);
}
