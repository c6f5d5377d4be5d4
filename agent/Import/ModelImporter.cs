using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;
using EdgeAgent.Platform;

namespace EdgeAgent.Import;

/// <summary>Turns a checkpoint into a bundle, one tensor at a time.</summary>
internal static class ModelImporter
{
    /// <summary>Suffix of the folder an import works in; an interrupted import leaves nothing else.</summary>
    public const string WorkSuffix = ".importing";

    /// <summary>Opens a checkpoint of any of <see cref="CheckpointFormats.All"/>. The caller disposes it.</summary>
    /// <exception cref="ModelFileException">No format recognizes the path, or the checkpoint cannot be used.</exception>
    public static ICheckpoint Open(string from) =>
        CheckpointFormats.All.FirstOrDefault(f => f.Recognizes(from)) is { } format
            ? format.Open(from)
            : throw new ModelFileException(from, CheckpointFormats.Description,
                Directory.Exists(from) || File.Exists(from) ? "something else" : "no such file or directory");

    /// <summary>
    /// Writes the bundle <paramref name="directory"/>: complete or not at all. A bundle already there is replaced; a folder that
    /// holds something else is refused.
    /// </summary>
    /// <param name="progress">Called after each linear.</param>
    /// <exception cref="ModelFileException">The method cannot be used on the checkpoint, or the folder holds something else.</exception>
    public static IReadOnlyList<LinearReport> Import(ICheckpoint checkpoint, string directory, ImportOptions options,
        Action<LinearReport>? progress = null)
    {
        var quantizer = QuantizationMethods.Named(options.Quantization);
        quantizer.Check(checkpoint);
        if (quantizer.NeedsCalibration && options.Calibration is null)
            throw new ArgumentException($"{quantizer.Name} needs a calibration text", nameof(options));
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
            var reports = Write(checkpoint, work, quantizer, options, progress);
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

    private static List<LinearReport> Write(ICheckpoint checkpoint, string directory, IQuantizer quantizer, ImportOptions options,
        Action<LinearReport>? progress)
    {
        var a = checkpoint.Architecture;
        var reports = new List<LinearReport>();
        var block = quantizer.FixedBlock ?? options.Block;
        using var calibration = quantizer.NeedsCalibration ? options.Calibration!(checkpoint) : null;
        var linears = new LinearWriter(quantizer, block, calibration, options.Clock, report =>
        {
            reports.Add(report);
            progress?.Invoke(report);
        });
        // every length is a multiple of 4, so floats stay aligned in the mapped file
        var tensors = new List<SafetensorsTensor> { Embedding(checkpoint, half: !quantizer.KeepsFloat32) };
        foreach (var (name, length) in WeightNames.Vectors(a))
            tensors.Add(new SafetensorsTensor(name, SafetensorsType.F32, [length],
                s => s.Write(MemoryMarshal.AsBytes<float>(checkpoint.Vector(name)))));
        foreach (var linear in LinearSource.All(checkpoint)) tensors.AddRange(linears.Tensors(linear));
        SafetensorsWriter.Write(Path.Combine(directory, WeightNames.FileName), tensors);
        checkpoint.WriteTokenizer(directory);
        new StudentManifest
        {
            Name = options.Name ?? checkpoint.Name,
            Version = options.Version,
            Release = options.Release,
            Architecture = a,
            EosIds = checkpoint.EosIds,
            Quantization = quantizer.KeepsFloat32
                ? new Quantization()
                : new Quantization { Method = quantizer.Name, Bits = 4, Block = block, CalibrationTokens = calibration?.Tokens ?? 0 },
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
                foreach (var (first, count) in LinearSource.Stripes(a.Vocabulary, a.Hidden))
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
