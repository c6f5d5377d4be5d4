using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;
using EdgeAgent.Inference;
using EdgeAgent.Platform;

namespace EdgeAgent.Import;

/// <summary>Turns a checkpoint into a bundle, one tensor at a time.</summary>
internal static class ModelImporter
{
    /// <summary>Suffix of the folder an import works in; an interrupted import leaves nothing else.</summary>
    public const string WorkSuffix = ".importing";

    private const string ReplacedSuffix = ".replaced";

    /// <summary>Opens a checkpoint of any of <see cref="CheckpointFormats.All"/>. The caller disposes it.</summary>
    /// <exception cref="ModelFileException">No format recognizes the path, or the checkpoint cannot be used.</exception>
    public static ICheckpoint Open(string from)
    {
        ModelFile.RefusePointer(from);
        return CheckpointFormats.All.FirstOrDefault(f => f.Recognizes(from)) is { } format
            ? format.Open(from)
            : throw new ModelFileException(from, CheckpointFormats.Description,
                Directory.Exists(from) || File.Exists(from) ? "something else" : "no such file or directory");
    }

    /// <summary>
    /// Writes the bundle <paramref name="directory"/>: complete or not at all. It is built beside its place and checked there; a bundle
    /// already there is replaced only then. A folder that holds something else is refused.
    /// </summary>
    /// <param name="progress">Called after each linear.</param>
    /// <exception cref="ModelFileException">The method cannot be used on the checkpoint, or the folder holds something else.</exception>
    public static ImportReport Import(ICheckpoint checkpoint, string directory, ImportOptions options,
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
        string work = directory + WorkSuffix, old = directory + ReplacedSuffix;
        if (!Directory.Exists(directory) && Directory.Exists(old)) DurableFile.Rename(old, directory); // stopped between the renames
        if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        Directory.CreateDirectory(work);
        try
        {
            var report = Write(checkpoint, work, quantizer, options, progress);
            options.Check?.Invoke(work);
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
            if (Directory.Exists(directory)) DurableFile.Rename(directory, old);
            DurableFile.Rename(work, directory);
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
            return report;
        }
        catch (ModelFileException e) when (e.File.StartsWith(work, StringComparison.Ordinal))
        {
            // the file that is at fault came from the checkpoint; the one named will be gone
            throw new ModelFileException($"{checkpoint.Source}, {Path.GetFileName(e.File)}", e.Expected, e.Found, e);
        }
        finally
        {
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
    }

    private static ImportReport Write(ICheckpoint checkpoint, string directory, IQuantizer quantizer, ImportOptions options,
        Action<LinearReport>? progress)
    {
        var a = checkpoint.Architecture;
        var notes = new List<string>([.. checkpoint.Notes, .. checkpoint.WriteTokenizer(directory)]);
        var ends = EndTokens(checkpoint, directory, options.Clock, notes);
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
        new StudentManifest
        {
            Name = options.Name ?? checkpoint.Name,
            Version = options.Version,
            Release = options.Release,
            Architecture = a,
            EosIds = ends,
            Quantization = quantizer.KeepsFloat32
                ? new Quantization()
                : new Quantization { Method = quantizer.Name, Bits = 4, Block = block, CalibrationTokens = calibration?.Tokens ?? 0 },
            Licence = options.Licence,
            Provenance = checkpoint.Provenance,
        }.Save(directory);
        return new ImportReport(reports, notes);
    }

    /// <summary>
    /// The checkpoint's end tokens, and the one its template ends turns with: without it a student goes on and plays the user.
    /// </summary>
    /// <exception cref="ModelFileException">The text side cannot be used.</exception>
    private static IReadOnlyList<int> EndTokens(ICheckpoint checkpoint, string directory, TimeProvider clock, List<string> notes)
    {
        var text = StudentText.Load(directory, checkpoint.Architecture.Vocabulary, foreign: false, clock);
        if (text.EndOfTurn(StudentText.Variables(directory)) is not { } end || checkpoint.EosIds.Contains(end.Id)) return checkpoint.EosIds;
        notes.Add($"{end.Content} ({end.Id}) is added to the end tokens: the template ends turns with it, the checkpoint does not name it");
        return [.. checkpoint.EosIds, end.Id];
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
                    checkpoint.ReadNumbers(CheckpointTensors.Embedding, a.Vocabulary, a.Hidden, first, values);
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
