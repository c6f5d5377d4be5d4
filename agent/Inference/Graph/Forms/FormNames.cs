namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>The forms, precisions and storages as the command line, graph names and files spell them.</summary>
internal static class FormNames
{
    public static readonly IReadOnlyDictionary<string, GraphForm> Forms = new Dictionary<string, GraphForm>
    {
        ["tensorrt"] = GraphForm.TensorRt,
        ["tensorrt-10.3"] = GraphForm.TensorRt103,
        ["cuda"] = GraphForm.Cuda,
        ["cpu"] = GraphForm.Cpu,
    };

    public static readonly IReadOnlyDictionary<string, FloatPrecision> Precisions = new Dictionary<string, FloatPrecision>
    {
        ["fp16"] = FloatPrecision.Fp16,
        ["fp32"] = FloatPrecision.Fp32,
    };

    public static readonly IReadOnlyDictionary<string, LinearStorage> Storages = new Dictionary<string, LinearStorage>
    {
        ["int4"] = LinearStorage.Int4,
        ["fp16"] = LinearStorage.Fp16,
    };

    public static readonly IReadOnlyDictionary<string, AttentionStyle> Attentions = new Dictionary<string, AttentionStyle>
    {
        ["fused"] = AttentionStyle.Fused,
        ["matmul"] = AttentionStyle.MatMul,
    };

    public static string Of(GraphForm form) => Forms.First(f => f.Value == form).Key;

    public static string Of(FloatPrecision precision) => Precisions.First(p => p.Value == precision).Key;

    public static string Of(LinearStorage storage) => Storages.First(s => s.Value == storage).Key;

    public static string Of(AttentionStyle attention) => Attentions.First(a => a.Value == attention).Key;
}
