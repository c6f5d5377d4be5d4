using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Platform;

namespace EdgeAgent.Bundles;

/// <summary>An opened bundle directory: manifest and mapped weights, checked against each other. Owns the mapping.</summary>
internal sealed class Bundle : IDisposable
{
    public const string TokenizerFileName = "tokenizer.json";
    public const string TokenizerConfigFileName = "tokenizer_config.json";
    public const string ChatTemplateFileName = "chat_template.jinja";
    public const string GoldenFileName = "golden.jsonl";
    public const string GateFileName = "gate.json";
    public const string AnswersFileName = "answers.jsonl";
    public const string SignatureFileName = "model.sig";

    private Bundle(string directory, StudentManifest manifest, SafetensorsFile weights)
    {
        Directory = directory;
        Manifest = manifest;
        Weights = weights;
        Embedding = EmbeddingLayout.Of(weights, manifest.Architecture, manifest.Quantization.Block);
    }

    public string Directory { get; }
    public StudentManifest Manifest { get; }
    public SafetensorsFile Weights { get; }
    public EmbeddingLayout Embedding { get; }

    /// <summary>Opens and checks a bundle. The caller disposes it.</summary>
    /// <exception cref="ModelFileException">
    /// A file is missing, truncated or inconsistent; names it, what was expected and what was found.
    /// </exception>
    public static Bundle Open(string directory)
    {
        if (!System.IO.Directory.Exists(directory)) throw new ModelFileException(directory, "a bundle directory", "no such directory");
        directory = Path.GetFullPath(directory);
        var manifest = StudentManifest.Load(directory);
        foreach (var name in new[] { TokenizerFileName, ChatTemplateFileName })
            if (!File.Exists(Path.Combine(directory, name)))
                throw new ModelFileException(Path.Combine(directory, name), "a file of the bundle", "no such file");
        var weights = SafetensorsFile.Open(Path.Combine(directory, WeightNames.FileName));
        try
        {
            Check(manifest.Architecture, manifest.Quantization.Block, weights);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
        return new Bundle(directory, manifest, weights);
    }

    private static void Check(Architecture a, int maxBlock, SafetensorsFile weights)
    {
        var embedding = CheckEmbedding(a, maxBlock, weights);
        foreach (var (name, length) in WeightNames.Vectors(a)) Expect(weights, name, [SafetensorsType.F32], length);
        foreach (var (name, k, n) in WeightNames.Linears(a))
        {
            if (name == WeightNames.Head && embedding.IsHead) continue;
            var block = QuantizedMatrix.BlockFor(k, maxBlock);
            if (weights.Entries.ContainsKey(WeightNames.Int8(name)) && block > 0)
                Expect(weights, WeightNames.Int8(name), [SafetensorsType.I8], k, n);
            else if (weights.Entries.ContainsKey(WeightNames.Int4(name)))
            {
                if (!QuantizedMatrix.Fits(k, n))
                    throw new ModelFileException(weights.Path, $"float weights for '{name}' [{k}, {n}]", "INT4");
                Expect(weights, WeightNames.Int4(name), [SafetensorsType.U8], k, n / 2);
            }
            else
            {
                Expect(weights, WeightNames.Float(name), [SafetensorsType.F32], k, n);
                continue;
            }
            Expect(weights, WeightNames.Scale(name), [SafetensorsType.F32], k / block, n);
            if (weights.Entries.ContainsKey(WeightNames.Offset(name)))
                Expect(weights, WeightNames.Offset(name), [SafetensorsType.F32], k / block, n);
        }
    }

    private static EmbeddingLayout CheckEmbedding(Architecture a, int maxBlock, SafetensorsFile weights)
    {
        string[] forms = [WeightNames.Embedding, WeightNames.EmbeddingRows(8), WeightNames.EmbeddingRows(4)];
        var found = forms.Where(weights.Entries.ContainsKey).ToList();
        if (found.Count != 1)
            throw new ModelFileException(weights.Path, $"one tensor of {string.Join(", ", forms)}",
                found.Count == 0 ? "none" : string.Join(", ", found));
        var layout = EmbeddingLayout.Of(weights, a, maxBlock);
        if (!layout.IsTable)
        {
            Expect(weights, WeightNames.Embedding, [SafetensorsType.F32, SafetensorsType.F16], a.Vocabulary, a.Hidden);
            return layout;
        }
        if (layout.Block == 0)
            throw new ModelFileException(weights.Path, $"a float embedding [{a.Vocabulary}, {a.Hidden}]", $"a table of {layout.Bits} bits");
        Expect(weights, WeightNames.EmbeddingRows(layout.Bits), [SafetensorsType.U8], a.Vocabulary, a.Hidden * layout.Bits / 8);
        Expect(weights, WeightNames.Scale(WeightNames.Embedding), [SafetensorsType.F32], a.Vocabulary, a.Hidden / layout.Block);
        return layout;
    }

    private static void Expect(SafetensorsFile weights, string name, SafetensorsType[] types, params long[] shape)
    {
        var entry = weights.Entry(name);
        if (!types.Contains(entry.Type) || !entry.Shape.AsSpan().SequenceEqual(shape))
            throw new ModelFileException(weights.Path, $"'{name}' as {string.Join(" or ", types)} [{string.Join(", ", shape)}]",
                $"{entry.Type} [{string.Join(", ", entry.Shape)}]");
    }

    public void Dispose() => Weights.Dispose();
}
