using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using EdgeAgent.Models.Safetensors;
using EdgeAgent.Platform;
using Architecture = EdgeAgent.Models.Architecture;

namespace EdgeAgent.Models.Import;

/// <summary>What an import is told: a name and version for the manifest, the quantization method.</summary>
public sealed record ImportOptions
{
    public string? Name { get; init; }
    public string Version { get; init; } = "0.1.0";
    public long Release { get; init; } = 1;
    public string Quantization { get; init; } = Models.Quantization.RoundToNearest;
    public string Licence { get; init; } = "";

    /// <summary>Largest quantization block along K: 32, 64 or 128.</summary>
    public int Block { get; init; } = Int4Matrix.LargestBlock;
}

/// <summary>How one linear came through: its shape, form, and relative error in the Frobenius norm (0 when kept in float).</summary>
public sealed record LinearReport(string Name, int K, int N, int Block, double RelativeError)
{
    public int Bits { get; init; } = 4;
}

/// <summary>Turns a checkpoint into a bundle, one tensor at a time.</summary>
public static class ModelImporter
{
    /// <summary>Opens whatever kind of checkpoint <paramref name="from"/> is.</summary>
    public static ICheckpoint Open(string from)
    {
        if (HuggingFaceCheckpoint.Recognizes(from)) return HuggingFaceCheckpoint.Open(from);
        if (GgufCheckpoint.Recognizes(from)) return GgufCheckpoint.Open(from);
        if (Llama2cCheckpoint.Recognizes(from)) return Llama2cCheckpoint.Open(from);
        throw new ModelFileException(from, "a GGUF file, a Hugging Face directory with config.json, or a llama2.c checkpoint (.bin)", Directory.Exists(from) || File.Exists(from) ? "something else" : "no such file or directory");
    }

    /// <summary>Suffix of the folder an import works in; one that was interrupted leaves only that.</summary>
    public const string WorkSuffix = ".importing";

    /// <summary>
    /// Writes the bundle <paramref name="directory"/>: complete or not at all. A bundle already there is replaced; a folder that
    /// holds something else is refused.
    /// </summary>
    public static IReadOnlyList<LinearReport> Import(ICheckpoint checkpoint, string directory, ImportOptions options, Action<LinearReport>? progress = null)
    {
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (File.Exists(directory) || Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any() && !File.Exists(Path.Combine(directory, StudentManifest.FileName)))
            throw new ModelFileException(directory, "a new or empty folder, or a bundle to replace", "something else");
        var work = directory + WorkSuffix;
        if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        Directory.CreateDirectory(work);
        try
        {
            var reports = Write(checkpoint, work, options, progress);
            var old = directory + ".replaced";
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
            if (Directory.Exists(directory)) DurableFile.Rename(directory, old);
            DurableFile.Rename(work, directory);
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
            return reports;
        }
        finally
        {
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
    }

    private static List<LinearReport> Write(ICheckpoint checkpoint, string directory, ImportOptions options, Action<LinearReport>? progress)
    {
        var a = checkpoint.Architecture;
        var quantized = options.Quantization != Quantization.None;
        var reports = new List<LinearReport>();
        void Report(LinearReport report)
        {
            reports.Add(report);
            progress?.Invoke(report);
        }
        // tensors are read, quantized and written one at a time; every length is a multiple of 4, so floats stay aligned
        var tensors = new List<SafetensorsTensor> { Embedding(checkpoint, quantized) };
        foreach (var (name, length) in WeightNames.Vectors(a))
            tensors.Add(new SafetensorsTensor(name, SafetensorsType.F32, [length], s => s.Write(MemoryMarshal.AsBytes<float>(ReadVector(checkpoint, name, a)))));
        foreach (var (name, k, n) in WeightNames.Linears(a))
            tensors.AddRange(quantized && name == WeightNames.Head && Int4Matrix.BlockFor(k) > 0 ? Int8(checkpoint, name, a, k, n, options.Block, Report)
                : quantized && Int4Matrix.Fits(k, n) ? Quantized(checkpoint, name, a, k, n, options.Block, Report) : [Float(checkpoint, name, a, k, n, Report)]);
        SafetensorsWriter.Write(Path.Combine(directory, WeightNames.FileName), tensors);
        checkpoint.WriteTokenizer(directory);
        new StudentManifest
        {
            Name = options.Name ?? checkpoint.Name,
            Version = options.Version,
            Release = options.Release,
            Architecture = a,
            EosIds = checkpoint.EosIds,
            Quantization = quantized
                ? new Quantization { Method = options.Quantization, Bits = 4, Block = options.Block }
                : new Quantization(),
            Licence = options.Licence,
            Provenance = checkpoint.Provenance,
        }.Save(directory);
        return reports;
    }

    private static SafetensorsTensor Embedding(ICheckpoint checkpoint, bool half)
    {
        var a = checkpoint.Architecture;
        return new SafetensorsTensor(WeightNames.Embedding, half ? SafetensorsType.F16 : SafetensorsType.F32, [a.Vocabulary, a.Hidden], stream =>
        {
            var values = checkpoint.Read("model.embed_tokens.weight", a.Vocabulary, a.Hidden);
            var row = new Half[a.Hidden];
            for (var i = 0; i < a.Vocabulary; i++)
            {
                var source = values.AsSpan(i * a.Hidden, a.Hidden);
                if (!half)
                {
                    stream.Write(MemoryMarshal.AsBytes(source));
                    continue;
                }
                TensorPrimitives.ConvertToHalf(source, row);
                stream.Write(MemoryMarshal.AsBytes<Half>(row));
            }
        });
    }

    private static SafetensorsTensor Float(ICheckpoint checkpoint, string name, Architecture a, int k, int n, Action<LinearReport> report) =>
        new(WeightNames.Float(name), SafetensorsType.F32, [k, n], stream =>
        {
            stream.Write(MemoryMarshal.AsBytes<float>(Transpose(ReadLinear(checkpoint, name, a), n, k)));
            report(new LinearReport(name, k, n, 0, 0));
        });

    /// <summary>Scales, then the packed values, of one quantization: the second tensor takes what the first one's turn left.</summary>
    private static SafetensorsTensor[] Quantized(ICheckpoint checkpoint, string name, Architecture a, int k, int n, int block, Action<LinearReport> report)
    {
        Int4Matrix? matrix = null;
        return
        [
            new SafetensorsTensor(WeightNames.Scale(name), SafetensorsType.F32, [k / Int4Matrix.BlockFor(k, block), n], stream =>
            {
                (matrix, var error) = RoundToNearest.Quantize(ReadLinear(checkpoint, name, a), n, k, block);
                stream.Write(MemoryMarshal.AsBytes<float>(matrix.Scales));
                report(new LinearReport(name, k, n, matrix.Block, error));
            }),
            new SafetensorsTensor(WeightNames.Int4(name), SafetensorsType.U8, [k, n / 2], stream =>
            {
                stream.Write(matrix!.Packed);
                matrix = null;
            }),
        ];
    }

    /// <summary>The head in 8 bits: its errors go straight into every token's choice.</summary>
    private static SafetensorsTensor[] Int8(ICheckpoint checkpoint, string name, Architecture a, int k, int n, int block, Action<LinearReport> report)
    {
        sbyte[]? values = null;
        return
        [
            new SafetensorsTensor(WeightNames.Scale(name), SafetensorsType.F32, [k / Int4Matrix.BlockFor(k, block), n], stream =>
            {
                (values, var scales, var error) = RoundToNearest.QuantizeInt8(ReadLinear(checkpoint, name, a), n, k, block);
                stream.Write(MemoryMarshal.AsBytes<float>(scales));
                report(new LinearReport(name, k, n, Int4Matrix.BlockFor(k, block), error) { Bits = 8 });
            }),
            new SafetensorsTensor(WeightNames.Int8(name), SafetensorsType.I8, [k, n], stream =>
            {
                stream.Write(MemoryMarshal.AsBytes<sbyte>(values));
                values = null;
            }),
        ];
    }

    /// <summary>A norm or bias under its checkpoint name.</summary>
    private static float[] ReadVector(ICheckpoint checkpoint, string name, Architecture a)
    {
        if (name == WeightNames.FinalNorm) return checkpoint.Read("model.norm.weight", a.Hidden);
        var (layer, part) = ("model." + name[..name.IndexOf('.', "layers.".Length)], name[(name.IndexOf('.', "layers.".Length) + 1)..]);
        return part switch
        {
            "attention_norm" => checkpoint.Read($"{layer}.input_layernorm.weight", a.Hidden),
            "feed_forward_norm" => checkpoint.Read($"{layer}.post_attention_layernorm.weight", a.Hidden),
            "query_norm" => checkpoint.Read($"{layer}.self_attn.q_norm.weight", a.HeadSize),
            "key_norm" => checkpoint.Read($"{layer}.self_attn.k_norm.weight", a.HeadSize),
            "qkv.bias" =>
            [
                .. checkpoint.Read($"{layer}.self_attn.q_proj.bias", (long)a.Heads * a.HeadSize),
                .. checkpoint.Read($"{layer}.self_attn.k_proj.bias", (long)a.KvHeads * a.HeadSize),
                .. checkpoint.Read($"{layer}.self_attn.v_proj.bias", (long)a.KvHeads * a.HeadSize),
            ],
            _ => throw new ArgumentException($"no source for '{name}'", nameof(name)),
        };
    }

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
