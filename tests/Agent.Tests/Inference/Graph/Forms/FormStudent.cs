using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Tests.Bundles;

namespace EdgeAgent.Tests.Inference.Graph.Forms;

/// <summary>How a generated student's linears are stored.</summary>
internal enum Storage { Float, Int4, Int4Offsets, Tied8, Tied4 }

/// <summary>
/// A bundle with random weights for one architecture, written without an importer: every storage of the linears is possible.
/// </summary>
internal static class FormStudent
{
    public static readonly IReadOnlyDictionary<string, (Architecture Architecture, Storage Storage)> All =
        new Dictionary<string, (Architecture, Storage)>
        {
            ["llama"] = (Sizes(Architecture.Llama), Storage.Int4),
            ["llama float"] = (Sizes(Architecture.Llama), Storage.Float),
            ["llama offsets"] = (Sizes(Architecture.Llama), Storage.Int4Offsets),
            ["llama head 8"] = (Sizes(Architecture.Llama) with { HeadSize = 8 }, Storage.Int4),
            ["llama tied, 8 bits"] = (Sizes(Architecture.Llama), Storage.Tied8),
            ["llama tied, 4 bits"] = (Sizes(Architecture.Llama), Storage.Tied4),
            ["qwen2 bias"] = (Sizes(Architecture.Qwen2), Storage.Int4),
            ["qwen3 head norms"] = (Sizes(Architecture.Qwen3) with { HeadSize = 32, KvHeads = 4 }, Storage.Int4),
            ["qwen3 head 24"] = (Sizes(Architecture.Qwen3) with { HeadSize = 24, KvHeads = 1 }, Storage.Int4Offsets),
        };

    public static TheoryData<string> Names => [.. All.Keys];

    private static Architecture Sizes(string type) => new()
    {
        Type = type,
        Vocabulary = 260,
        Hidden = 64,
        Layers = 2,
        Heads = 4,
        KvHeads = 2,
        HeadSize = 16,
        FeedForward = 96,
        Context = 64,
        RmsEpsilon = 1e-5f,
        RopeTheta = 10_000,
    };

    public static Bundle Write(string directory, string name) => Write(directory, All[name].Architecture, All[name].Storage);

    public static Bundle Write(string directory, Architecture a, Storage storage)
    {
        var random = new Random(7);
        float[] Values(long count, double from, double to) =>
            [.. Enumerable.Range(0, (int)count).Select(_ => (float)(from + random.NextDouble() * (to - from)))];
        var tensors = new List<SafetensorsTensor>();
        var tied = storage switch { Storage.Tied8 => 8, Storage.Tied4 => 4, _ => 0 };
        if (tied == 0)
            tensors.Add(SafetensorsTensor.Of(WeightNames.Embedding, Values((long)a.Vocabulary * a.Hidden, -1, 1), a.Vocabulary, a.Hidden));
        else
        {
            var rows = new byte[a.Vocabulary * a.Hidden * tied / 8];
            random.NextBytes(rows);
            var blocks = a.Hidden / QuantizedMatrix.BlockFor(a.Hidden);
            tensors.Add(SafetensorsTensor.Of(WeightNames.EmbeddingRows(tied), rows, a.Vocabulary, a.Hidden * tied / 8));
            tensors.Add(SafetensorsTensor.Of(WeightNames.Scale(WeightNames.Embedding),
                Values((long)a.Vocabulary * blocks, 0.1 / (1 << tied), 0.4 / (1 << tied)), a.Vocabulary, blocks));
        }
        foreach (var (vector, length) in WeightNames.Vectors(a))
            tensors.Add(SafetensorsTensor.Of(vector, Values(length, 0.7, 1.3), length));
        foreach (var (linear, k, n) in WeightNames.Linears(a))
        {
            if (linear == WeightNames.Head && tied > 0) continue;
            var block = QuantizedMatrix.BlockFor(k);
            var size = 1.5 / Math.Sqrt(k);
            if (storage == Storage.Float || block == 0)
            {
                tensors.Add(SafetensorsTensor.Of(WeightNames.Float(linear), Values((long)k * n, -size, size), k, n));
                continue;
            }
            var isInt8 = linear == WeightNames.Head;
            var packed = new byte[(long)k * n / (isInt8 ? 1 : 2)];
            random.NextBytes(packed);
            var levels = isInt8 ? 128 : 8;
            tensors.Add(isInt8
                ? new SafetensorsTensor(WeightNames.Int8(linear), SafetensorsType.I8, [k, n], s => s.Write(packed))
                : SafetensorsTensor.Of(WeightNames.Int4(linear), packed, k, n / 2));
            tensors.Add(SafetensorsTensor.Of(WeightNames.Scale(linear), Values((long)k / block * n, size / levels / 2, size / levels),
                k / block, n));
            if (storage == Storage.Int4Offsets && !isInt8)
                tensors.Add(SafetensorsTensor.Of(WeightNames.Offset(linear), Values((long)k / block * n, -size / 4, size / 4),
                    k / block, n));
        }
        Directory.CreateDirectory(directory);
        SafetensorsWriter.Write(Path.Combine(directory, WeightNames.FileName),
            [.. tensors.OrderByDescending(t => SafetensorsHeader.BytesPerElement(t.Type))]);
        new StudentManifest
        {
            Name = "form",
            Version = "1.0.0",
            Release = 1,
            Architecture = a,
            EosIds = [TinyStudent.End],
            Quantization = new Quantization
            {
                Method = storage == Storage.Float ? Quantization.None : Quantization.Keep,
                Bits = storage == Storage.Float ? 32 : 4,
                Block = storage == Storage.Float ? 0 : 128,
            },
        }.Save(directory);
        File.WriteAllText(Path.Combine(directory, Bundle.TokenizerFileName), TinyStudent.TokenizerJson());
        File.WriteAllText(Path.Combine(directory, Bundle.ChatTemplateFileName), "{{ messages[0].content }}");
        return Bundle.Open(directory);
    }
}
