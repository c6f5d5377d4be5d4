using EdgeAgent.Inference.Graph.Forms;

namespace EdgeAgent.Inference.Decoders.Static;

/// <summary>One way to build a TensorRT form's engines.</summary>
/// <param name="Name">On the command line and in reports.</param>
internal sealed record EngineVariant(string Name, LinearStorage Linears, AttentionStyle Attention)
{
    /// <summary>
    /// The best first. INT4 is a quarter of the bytes of FP16, and the builder may refuse it (NVIDIA/TensorRT#4832 shows it for INT8);
    /// attention as one operator needs a kernel for the head size at hand.
    /// </summary>
    private static readonly EngineVariant[] Standard =
    [
        new("int4", LinearStorage.Int4, AttentionStyle.Fused), new("int4-matmul", LinearStorage.Int4, AttentionStyle.MatMul),
        new("fp16", LinearStorage.Fp16, AttentionStyle.Fused), new("fp16-matmul", LinearStorage.Fp16, AttentionStyle.MatMul),
    ];

    /// <summary>The variants of a form; that of TensorRT 10.3 has attention in its parts always.</summary>
    public static IReadOnlyList<EngineVariant> Of(GraphForm form) => form == GraphForm.TensorRt ? Standard
        : [.. Standard.Where(v => v.Attention == AttentionStyle.Fused)];
}
