using EdgeAgent.Bundles;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;
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
            throw new ArgumentException($"{quantizer.Name} needs a calibration", nameof(options));
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
            var report = BundleWriter.Write(checkpoint, work, quantizer, options, progress);
            options.Check?.Invoke(work);
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
            if (Directory.Exists(directory)) DurableFile.Rename(directory, old);
            DurableFile.Rename(work, directory);
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
            return report;
        }
        catch (ModelFileException e) when (e.File.StartsWith(work + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            // the file that is at fault came from the checkpoint; the one named will be gone
            throw new ModelFileException($"{checkpoint.Source}, {Path.GetFileName(e.File)}", e.Expected, e.Found, e);
        }
        finally
        {
            if (!Directory.Exists(directory) && Directory.Exists(old)) DurableFile.Rename(old, directory);
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
    }
}
