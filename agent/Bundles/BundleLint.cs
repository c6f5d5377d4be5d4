using System.Numerics.Tensors;
using EdgeAgent.Bundles.Safetensors;

namespace EdgeAgent.Bundles;

/// <summary>
/// A finding of one rule. With an error the bundle gives wrong answers; a warning costs speed or memory, or an update will refuse
/// the bundle.
/// </summary>
internal sealed record LintFinding(string Rule, bool IsError, string Subject, string Expected, string Found);

/// <summary>
/// Checks what TensorRT's weight-only INT4 requires of a bundle (strictly positive, symmetric, half-precision scales; finite
/// values; block sizes that divide K), and what updates require of it.
/// </summary>
internal static class BundleLint
{
    /// <summary>Range of positive half-precision numbers, the type TensorRT keeps scales and norms in.</summary>
    public const float MinHalf = 5.9604645e-8f, MaxHalf = 65504;

    private const int ChunkElements = 1 << 20, HeadSizeMultiple = 8, TensorRtBlock = 64;

    /// <summary>Rules by name, with what each checks.</summary>
    public static readonly IReadOnlyDictionary<string, string> Rules = new Dictionary<string, string>
    {
        ["finite-values"] = "every float of the weights is finite and fits half precision",
        ["positive-scales"] = "every quantization scale is above 0 in half precision",
        ["block-size"] = "blocks have at least 64 inputs",
        ["symmetric"] = "blocks have no offset",
        ["int4-linears"] = "the linears of the layers are INT4",
        ["int8-blocks"] = "no linear has INT8 blocks, which TensorRT does not support",
        ["text"] = "tokenizer and chat template load, and the template renders a question",
        ["end-of-turn"] = "the token with which the chat template ends turns is an end token",
        ["head-size"] = "heads have a multiple of 8 elements",
        ["golden"] = "golden.jsonl exists: the quality gate of updates uses it",
        ["signature"] = "model.sig exists: updates require it",
        ["licence"] = "the licence of the weights is given",
    };

    public static IReadOnlyList<LintFinding> Check(Bundle bundle)
    {
        var findings = new List<LintFinding>();
        var a = bundle.Manifest.Architecture;
        foreach (var entry in bundle.Weights.Entries.Values.OrderBy(e => e.Offset)) CheckNumbers(bundle.Weights, entry, findings);
        var quantized = bundle.Manifest.Quantization.Method != Quantization.None;
        foreach (var (name, k, _) in WeightNames.Linears(a)) CheckLinear(bundle, name, k, quantized, findings);
        if (a.HeadSize % HeadSizeMultiple != 0)
            findings.Add(new LintFinding("head-size", false, "architecture", $"a multiple of {HeadSizeMultiple}", $"{a.HeadSize}"));
        foreach (var (rule, file) in new[] { ("golden", Bundle.GoldenFileName), ("signature", Bundle.SignatureFileName) })
            if (!File.Exists(Path.Combine(bundle.Directory, file))) findings.Add(new LintFinding(rule, false, file, "the file", "none"));
        if (string.IsNullOrWhiteSpace(bundle.Manifest.Licence))
            findings.Add(new LintFinding("licence", false, StudentManifest.FileName, "a licence", "none"));
        return findings;
    }

    private static void CheckLinear(Bundle bundle, string name, int k, bool quantized, List<LintFinding> findings)
    {
        var entries = bundle.Weights.Entries;
        if (name == WeightNames.Head && bundle.Embedding.IsHead)
        {
            findings.Add(new LintFinding("int8-blocks", false, name, "a head in a form that TensorRT supports",
                $"the embedding's table of {bundle.Embedding.Bits} bits: TensorRT serves it in half precision"));
            return;
        }
        if (!quantized || entries.ContainsKey(WeightNames.Float(name)))
        {
            if (quantized)
                findings.Add(new LintFinding("int4-linears", false, name, "INT4", "float32: K has no factor of 32, or N is odd"));
            return;
        }
        if (entries.ContainsKey(WeightNames.Int8(name)))
        {
            var supported = name == WeightNames.Head ? "a head in a form that TensorRT supports" : "INT4";
            findings.Add(new LintFinding("int8-blocks", false, name, supported, "INT8 blocks: TensorRT serves it in half precision"));
            return;
        }
        var block = QuantizedMatrix.BlockFor(k, bundle.Manifest.Quantization.Block);
        if (block < TensorRtBlock) findings.Add(new LintFinding("block-size", false, name, $"{TensorRtBlock} or 128", $"{block}"));
        if (entries.ContainsKey(WeightNames.Offset(name)))
            findings.Add(new LintFinding("symmetric", false, name, "no offset", "an offset: costs one more small matrix product"));
    }

    /// <summary>Reads a tensor once, a chunk at a time; reports the first bad element and how many there are.</summary>
    private static void CheckNumbers(SafetensorsFile weights, SafetensorsEntry entry, List<LintFinding> findings)
    {
        if (entry.Type is not (SafetensorsType.F32 or SafetensorsType.F16 or SafetensorsType.BF16)) return;
        var scales = entry.Name.EndsWith(WeightNames.Scale(""), StringComparison.Ordinal);
        var buffer = new float[Math.Min(ChunkElements, entry.Elements)];
        long bad = 0, firstAt = -1;
        var first = 0f;
        for (var start = 0L; start < entry.Elements; start += buffer.Length)
        {
            var chunk = buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.Elements - start));
            weights.ReadFloats(entry, start, chunk);
            if (Fits(chunk, scales)) continue;
            for (var i = 0; i < chunk.Length; i++)
            {
                if (Fits(chunk.Slice(i, 1), scales)) continue;
                if (bad++ == 0) (firstAt, first) = (start + i, chunk[i]);
            }
        }
        if (bad > 0)
            findings.Add(new LintFinding(scales ? "positive-scales" : "finite-values", true, entry.Name,
                scales ? $"scales in {MinHalf}..{MaxHalf}" : $"numbers in -{MaxHalf}..{MaxHalf}",
                $"{first} at element {firstAt}" + (bad > 1 ? $", and {bad - 1} more" : "")));
    }

    private static bool Fits(ReadOnlySpan<float> values, bool scales) =>
        TensorPrimitives.IsFiniteAll(values)
        && (scales
            ? TensorPrimitives.Min(values) >= MinHalf && TensorPrimitives.Max(values) <= MaxHalf
            : Math.Abs(TensorPrimitives.MaxMagnitude(values)) <= MaxHalf);
}
