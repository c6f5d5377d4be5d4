using EdgeAgent.Bundles;

namespace EdgeAgent.Evaluation.Planning;

/// <summary>What the arithmetic of a device needs to know of a student.</summary>
/// <param name="Name">For people.</param>
/// <param name="Parameters">Weights of the linears: what every token is multiplied with. The embedding is looked up, not read.</param>
/// <param name="StepBytes">Bytes of weights that one decode step reads, whatever the number of rows.</param>
/// <param name="CacheBytes">Bytes of keys and values of one token, in FP16.</param>
/// <param name="Context">Tokens one row may hold.</param>
internal sealed record StudentSize(string Name, long Parameters, long StepBytes, long CacheBytes, int Context)
{
    /// <summary>Bytes of a 4-bit weight with one float32 scale for each block of 128.</summary>
    public const double FourBits = 0.5 + 4.0 / QuantizedMatrix.MaxBlock;

    private const double EightBits = 1 + 4.0 / QuantizedMatrix.MaxBlock; // the head

    /// <summary>Of a bundle, by the bytes of its tensors.</summary>
    public static StudentSize Of(Bundle bundle)
    {
        var a = bundle.Manifest.Architecture;
        var bytes = bundle.Weights.Entries.Values
            .Where(e => bundle.Embedding.IsHead || !e.Name.StartsWith(WeightNames.Embedding, StringComparison.Ordinal)).Sum(e => e.Length);
        return new StudentSize($"{bundle.Manifest.Name} {bundle.Manifest.Version}", Linears(a), bytes, KeysAndValues(a), a.Context);
    }

    /// <summary>Of an architecture, as it would be imported: 4-bit linears in blocks of 128, 8-bit head.</summary>
    public static StudentSize Of(string name, Architecture a)
    {
        var head = (long)a.Hidden * a.Vocabulary;
        return new StudentSize(name, Linears(a), (long)((Linears(a) - head) * FourBits + head * EightBits), KeysAndValues(a), a.Context);
    }

    private static long Linears(Architecture a) => WeightNames.Linears(a).Sum(l => (long)l.K * l.N);

    private static long KeysAndValues(Architecture a) => 2L * a.Layers * a.KvHeads * a.HeadSize * sizeof(short);
}
