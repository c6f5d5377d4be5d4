using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Platform;

namespace EdgeAgent.Import;

/// <summary>What an import is told: a name and version for the manifest, the quantization method.</summary>
internal sealed record ImportOptions
{
    public string? Name { get; init; }
    public string Version { get; init; } = "0.1.0";
    public long Release { get; init; } = 1;
    public string Quantization { get; init; } = EdgeAgent.Bundles.Quantization.RoundToNearest;
    public string Licence { get; init; } = "";

    /// <summary>Largest quantization block along K: 32, 64 or 128. Keeping the source's grid needs, and takes, 32.</summary>
    public int Block { get; init; } = QuantizedMatrix.MaxBlock;

    /// <summary>Opens the calibration text; GPTQ needs it.</summary>
    public Func<ICheckpoint, ICalibration>? Calibration { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>
/// How one linear came through: its shape and form, the relative error of its weights in the Frobenius norm (0 when kept in
/// float), and the seconds it took.
/// </summary>
internal sealed record LinearReport(string Name, int K, int N, int Bits, int Block, double RelativeError, double Seconds)
{
    /// <summary>Relative error of the linear's outputs over the calibration text; null without one.</summary>
    public double? OutputError { get; init; }

    /// <summary>Whether the source's own grid was taken over.</summary>
    public bool Kept { get; init; }
}

/// <summary>Turns a checkpoint into a bundle, one tensor at a time.</summary>
internal static class ModelImporter
{
    /// <summary>Opens whatever kind of checkpoint <paramref name="from"/> is.</summary>
    public static ICheckpoint Open(string from)
    {
        if (HuggingFaceCheckpoint.Recognizes(from)) return HuggingFaceCheckpoint.Open(from);
        if (GgufCheckpoint.Recognizes(from)) return GgufCheckpoint.Open(from);
        if (Llama2cCheckpoint.Recognizes(from)) return Llama2cCheckpoint.Open(from);
        throw new ModelFileException(from, "a GGUF file, a Hugging Face directory with config.json, or a llama2.c checkpoint (.bin)",
            Directory.Exists(from) || File.Exists(from) ? "something else" : "no such file or directory");
    }

    /// <summary>Suffix of the folder an import works in; one that was interrupted leaves only that.</summary>
    public const string WorkSuffix = ".importing";

    /// <summary>
    /// Writes the bundle <paramref name="directory"/>: complete or not at all. A bundle already there is replaced; a folder that
    /// holds something else is refused.
    /// </summary>
    public static IReadOnlyList<LinearReport> Import(ICheckpoint checkpoint, string directory, ImportOptions options,
        Action<LinearReport>? progress = null)
    {
        if (options.Quantization == Quantization.Keep && !FourBitLinears(checkpoint).Any())
            throw new ModelFileException(checkpoint.Name, "linears on a 4-bit grid (Q4_0, Q4_1, Q4_K) to keep",
                "none: quantize it by rtn or gptq");
        if (options.Quantization == Quantization.Gptq && options.Calibration is null)
            throw new ArgumentException("GPTQ needs a calibration text", nameof(options));
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (File.Exists(directory)
            || Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any()
                && !File.Exists(Path.Combine(directory, StudentManifest.FileName)))
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

    /// <summary>Linears whose source is already in 4 bits: quantizing them again adds a second error to the first.</summary>
    public static IEnumerable<string> FourBitLinears(ICheckpoint checkpoint) =>
        WeightNames.Linears(checkpoint.Architecture).Where(l => new LinearSource(checkpoint, l.Name, l.K, l.N).Grid == BlockGrid.FourBits)
            .Select(l => l.Name);

    private static List<LinearReport> Write(ICheckpoint checkpoint, string directory, ImportOptions options, Action<LinearReport>? progress)
    {
        var a = checkpoint.Architecture;
        var quantized = options.Quantization != Quantization.None;
        var reports = new List<LinearReport>();
        using var calibration = options.Quantization == Quantization.Gptq ? options.Calibration!(checkpoint) : null;
        var linears = new LinearWriter(options, calibration, report =>
        {
            reports.Add(report);
            progress?.Invoke(report);
        });
        // tensors are read, quantized and written one at a time; every length is a multiple of 4, so floats stay aligned
        var tensors = new List<SafetensorsTensor> { Embedding(checkpoint, quantized) };
        foreach (var (name, length) in WeightNames.Vectors(a))
            tensors.Add(new SafetensorsTensor(name, SafetensorsType.F32, [length],
                s => s.Write(MemoryMarshal.AsBytes<float>(checkpoint.Vector(name)))));
        foreach (var (name, k, n) in WeightNames.Linears(a)) tensors.AddRange(linears.Tensors(new LinearSource(checkpoint, name, k, n)));
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
                ? new Quantization
                {
                    Method = options.Quantization,
                    Bits = 4,
                    Block = linears.Block,
                    CalibrationTokens = calibration?.Tokens ?? 0
                }
                : new Quantization(),
            Licence = options.Licence,
            Provenance = checkpoint.Provenance,
        }.Save(directory);
        return reports;
    }

    private static SafetensorsTensor Embedding(ICheckpoint checkpoint, bool half)
    {
        var a = checkpoint.Architecture;
        return new SafetensorsTensor(WeightNames.Embedding, half ? SafetensorsType.F16 : SafetensorsType.F32, [a.Vocabulary, a.Hidden],
            stream =>
        {
            foreach (var (first, count) in LinearWriter.Stripes(a.Vocabulary, a.Hidden))
            {
                var values = new float[count * a.Hidden];
                checkpoint.ReadRows(CheckpointTensors.Embedding, a.Vocabulary, a.Hidden, first, values);
                if (half)
                {
                    var halves = new Half[values.Length];
                    TensorPrimitives.ConvertToHalf(values, halves);
                    stream.Write(MemoryMarshal.AsBytes<Half>(halves));
                }
                else stream.Write(MemoryMarshal.AsBytes<float>(values));
            }
        });
    }
}
