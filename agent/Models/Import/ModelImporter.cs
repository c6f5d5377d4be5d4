using EdgeAgent.Models.Safetensors;

namespace EdgeAgent.Models.Import;

/// <summary>What an import is told: a name and version for the manifest, the quantization method.</summary>
public sealed record ImportOptions
{
    public string? Name { get; init; }
    public string Version { get; init; } = "0.1.0";
    public long Release { get; init; } = 1;
    public string Quantization { get; init; } = Models.Quantization.RoundToNearest;
    public string Licence { get; init; } = "";
}

/// <summary>How one linear came through: its shape, form, and relative error in the Frobenius norm (0 when kept in float).</summary>
public sealed record LinearReport(string Name, int K, int N, int Block, double RelativeError);

/// <summary>Turns a checkpoint into a bundle, one tensor at a time.</summary>
public static class ModelImporter
{
    /// <summary>Opens whatever kind of checkpoint <paramref name="from"/> is.</summary>
    public static ICheckpoint Open(string from)
    {
        if (HuggingFaceCheckpoint.Recognizes(from)) return HuggingFaceCheckpoint.Open(from);
        if (Llama2cCheckpoint.Recognizes(from)) return Llama2cCheckpoint.Open(from);
        throw new ModelFileException(from, "a Hugging Face directory with config.json, or a llama2.c checkpoint (.bin)", Directory.Exists(from) || File.Exists(from) ? "something else" : "no such file or directory");
    }

    /// <summary>Writes the bundle into <paramref name="directory"/>, which is created; existing bundle files are replaced.</summary>
    public static IReadOnlyList<LinearReport> Import(ICheckpoint checkpoint, string directory, ImportOptions options, Action<LinearReport>? progress = null)
    {
        Directory.CreateDirectory(directory);
        var a = checkpoint.Architecture;
        var quantized = options.Quantization != Quantization.None;
        var reports = new List<LinearReport>();
        var tensors = new List<SafetensorsTensor> { Embedding(checkpoint, quantized) };
        foreach (var norm in WeightNames.Norms(a))
            tensors.Add(SafetensorsTensor.Of(norm, checkpoint.Read(NormSource(norm), a.Hidden), a.Hidden));
        foreach (var (name, k, n) in WeightNames.Linears(a))
        {
            var weights = ReadLinear(checkpoint, name, a);
            if (quantized && Int4Matrix.Fits(k, n))
            {
                var (matrix, error) = RoundToNearest.Quantize(weights, n, k);
                tensors.Add(SafetensorsTensor.Of(WeightNames.Scale(name), matrix.Scales, k / matrix.Block, n));
                tensors.Add(SafetensorsTensor.Of(WeightNames.Int4(name), matrix.Packed, k, n / 2));
                reports.Add(new LinearReport(name, k, n, matrix.Block, error));
            }
            else
            {
                tensors.Add(SafetensorsTensor.Of(WeightNames.Float(name), Transpose(weights, n, k), k, n));
                reports.Add(new LinearReport(name, k, n, 0, 0));
            }
            progress?.Invoke(reports[^1]);
        }
        // float tensors first: every tensor then starts aligned to its element
        SafetensorsWriter.Write(Path.Combine(directory, WeightNames.FileName), [.. tensors.OrderBy(t => t.Type == SafetensorsType.U8 ? 2 : t.Type == SafetensorsType.F16 ? 1 : 0)]);
        checkpoint.WriteTokenizer(directory);
        new StudentManifest
        {
            Name = options.Name ?? checkpoint.Name,
            Version = options.Version,
            Release = options.Release,
            Architecture = a,
            EosIds = checkpoint.EosIds,
            Quantization = quantized
                ? new Quantization { Method = options.Quantization, Bits = 4, Block = reports.Max(r => r.Block) }
                : new Quantization(),
            Licence = options.Licence,
            Provenance = checkpoint.Provenance,
        }.Save(directory);
        return reports;
    }

    private static SafetensorsTensor Embedding(ICheckpoint checkpoint, bool half)
    {
        var a = checkpoint.Architecture;
        var values = checkpoint.Read("model.embed_tokens.weight", a.Vocabulary, a.Hidden);
        return half
            ? SafetensorsTensor.Of(WeightNames.Embedding, Array.ConvertAll(values, v => (Half)v), a.Vocabulary, a.Hidden)
            : SafetensorsTensor.Of(WeightNames.Embedding, values, a.Vocabulary, a.Hidden);
    }

    private static string NormSource(string norm) => norm == WeightNames.FinalNorm
        ? "model.norm.weight"
        : "model." + norm.Replace(".attention_norm", ".input_layernorm.weight", StringComparison.Ordinal).Replace(".feed_forward_norm", ".post_attention_layernorm.weight", StringComparison.Ordinal);

    /// <summary>A linear as [N, K], with query, key and value (or gate and up) stacked along N.</summary>
    private static float[] ReadLinear(ICheckpoint checkpoint, string name, Architecture a)
    {
        if (name == WeightNames.Head)
            return checkpoint.Read(checkpoint.TiedHead ? "model.embed_tokens.weight" : "lm_head.weight", a.Vocabulary, a.Hidden);
        var layer = "model." + name[..name.LastIndexOf('.')];
        long q = (long)a.Heads * a.HeadSize, kv = (long)a.KvHeads * a.HeadSize;
        return name[(name.LastIndexOf('.') + 1)..] switch
        {
            "qkv" =>
            [
                .. checkpoint.Read($"{layer}.self_attn.q_proj.weight", q, a.Hidden),
                .. checkpoint.Read($"{layer}.self_attn.k_proj.weight", kv, a.Hidden),
                .. checkpoint.Read($"{layer}.self_attn.v_proj.weight", kv, a.Hidden),
            ],
            "attention_out" => checkpoint.Read($"{layer}.self_attn.o_proj.weight", a.Hidden, q),
            "gate_up" => [.. checkpoint.Read($"{layer}.mlp.gate_proj.weight", a.FeedForward, a.Hidden), .. checkpoint.Read($"{layer}.mlp.up_proj.weight", a.FeedForward, a.Hidden)],
            "down" => checkpoint.Read($"{layer}.mlp.down_proj.weight", a.Hidden, a.FeedForward),
            _ => throw new ArgumentException($"no source for '{name}'", nameof(name)),
        };
    }

    /// <summary>[N, K] to [K, N].</summary>
    private static float[] Transpose(float[] weights, int n, int k)
    {
        var result = new float[weights.Length];
        for (var row = 0; row < n; row++)
            for (var column = 0; column < k; column++)
                result[(long)column * n + row] = weights[(long)row * k + column];
        return result;
    }
}
