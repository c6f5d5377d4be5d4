namespace EdgeAgent.Bundles;

/// <summary>
/// Names of the tensors in weights.safetensors. A linear is <c>NAME.weight</c> (float32 [K, N]) <c>NAME.int4</c> (U8 [K, N/2]) or
/// <c>NAME.int8</c> (I8 [K, N]), each with <c>NAME.scale</c> and, where the source's blocks had a minimum, <c>NAME.offset</c>
/// (both float32 [K / block, N]). The embedding is floats, or a table of quantized rows; a student without tensors of a head takes
/// its logits from that table (tied weights).
/// </summary>
internal static class WeightNames
{
    public const string FileName = "weights.safetensors";

    /// <summary>[vocabulary, hidden], F32 or F16; or the table of <see cref="EmbeddingRows"/>.</summary>
    public const string Embedding = "embedding";

    /// <summary>
    /// The embedding in rows of 8 or 4 bits, unsigned: level + 128 or level + 8. U8 [vocabulary, hidden] or [vocabulary, hidden / 2],
    /// two values a byte, low nibble first. <c>embedding.scale</c> is float32 [vocabulary, hidden / block].
    /// </summary>
    public static string EmbeddingRows(int bits) => bits == 8 ? "embedding.uint8" : "embedding.uint4";

    /// <summary>[hidden]</summary>
    public const string FinalNorm = "norm";

    /// <summary>[hidden, vocabulary]</summary>
    public const string Head = "head";

    public static string AttentionNorm(int layer) => $"layers.{layer}.attention_norm";
    public static string Qkv(int layer) => $"layers.{layer}.qkv";

    /// <summary>[(heads + 2 kv_heads) * head_size], Qwen2.</summary>
    public static string QkvBias(int layer) => $"layers.{layer}.qkv.bias";

    /// <summary>[head_size], Qwen3.</summary>
    public static string QueryNorm(int layer) => $"layers.{layer}.query_norm";

    /// <summary>[head_size], Qwen3.</summary>
    public static string KeyNorm(int layer) => $"layers.{layer}.key_norm";

    public static string AttentionOut(int layer) => $"layers.{layer}.attention_out";
    public static string FeedForwardNorm(int layer) => $"layers.{layer}.feed_forward_norm";
    public static string GateUp(int layer) => $"layers.{layer}.gate_up";
    public static string Down(int layer) => $"layers.{layer}.down";

    public static string Float(string linear) => linear + ".weight";
    public static string Int4(string linear) => linear + ".int4";
    public static string Int8(string linear) => linear + ".int8";
    public static string Scale(string linear) => linear + ".scale";
    public static string Offset(string linear) => linear + ".offset";

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

    /// <summary>Every norm and bias of a student with its length.</summary>
    public static IEnumerable<(string Name, int Length)> Vectors(Architecture a)
    {
        for (var i = 0; i < a.Layers; i++)
        {
            yield return (AttentionNorm(i), a.Hidden);
            if (a.QkvBias) yield return (QkvBias(i), a.QkvSize);
            if (a.HeadNorms) yield return (QueryNorm(i), a.HeadSize);
            if (a.HeadNorms) yield return (KeyNorm(i), a.HeadSize);
            yield return (FeedForwardNorm(i), a.Hidden);
        }
        yield return (FinalNorm, a.Hidden);
    }
}
