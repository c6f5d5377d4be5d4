using System.IO.Hashing;
using System.Text.Json;
using EdgeAgent.Platform;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Inference.Decoders.Prepared;

/// <summary>
/// Prepared models on disk, a folder for each key: ONNX Runtime's optimized graph and its weights in the layout of this processor, or what
/// a GPU runs (graphs, weights in its precision, TensorRT's engines); and a seal with the size and hash of every file, written last. A
/// folder whose seal does not hold is deleted. The disk's refusals are logged and cost nothing but time: a student can always be loaded
/// without.
/// </summary>
/// <param name="directory">Created when first needed.</param>
/// <param name="clock">Dates the use of a model.</param>
/// <param name="logger">Where refusals are told.</param>
/// <param name="kept">Folders kept; of more, those go that were not used for longest.</param>
internal sealed partial class PreparedStore(string directory, TimeProvider clock, ILogger logger, int kept = PreparedStore.Kept)
{
    public const string GraphFile = "model.onnx", WeightsFile = "weights.bin", SealFile = "seal.json";

    /// <summary>Folders kept: the student that serves, the one before it, and one on trial.</summary>
    public const int Kept = 3;

    private sealed record SealedFile(string Name, long Bytes, string XxHash128);

    private sealed record Seal(PreparedKey Key, IReadOnlyList<SealedFile> Files);

    /// <summary>Where they are.</summary>
    public string Root => directory;

    /// <summary>A store of what a GPU runs: for each student its engines, and the weights of the provider that serves meanwhile.</summary>
    public static PreparedStore ForDevices(string directory, TimeProvider clock, ILogger logger) => new(directory, clock, logger, 2 * Kept);

    /// <summary>The graph file of a prepared model whose seal holds; null when there is none.</summary>
    /// <param name="graph">The file's name.</param>
    public string? Find(PreparedKey key, string graph = GraphFile)
    {
        var folder = Folder(key);
        try
        {
            if (!Directory.Exists(folder)) return null;
            if (Holds(folder, key, graph))
            {
                Directory.SetLastWriteTimeUtc(folder, clock.GetUtcNow().UtcDateTime); // the most recently used are kept
                return Path.Combine(folder, graph);
            }
            Broken(logger, folder);
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            Refused(logger, folder, e);
        }
        return null;
    }

    /// <summary>The prepared models there are, and whether their seals hold. Changes nothing.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static IReadOnlyList<(string Folder, bool IsSealed)> Inspect(string directory) => !Directory.Exists(directory) ? []
        : [.. Directory.GetDirectories(directory).Where(f => !f.EndsWith(DurableFile.TemporarySuffix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(f => (f, Holds(f, key: null, graph: null)))];

    /// <summary>Forgets a prepared model that cannot be used although its seal holds.</summary>
    public void Remove(PreparedKey key) => Try(Folder(key), folder =>
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    });

    /// <summary>An empty folder to prepare a model in; null when the disk refuses.</summary>
    public string? Begin(PreparedKey key)
    {
        var folder = Folder(key) + DurableFile.TemporarySuffix;
        return Try(folder, _ =>
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            Directory.CreateDirectory(folder);
        }) ? folder : null;
    }

    /// <summary>Deletes what was written into the folder of <see cref="Begin"/>.</summary>
    public void Abandon(PreparedKey key) => Try(Folder(key) + DurableFile.TemporarySuffix, folder =>
    {
        NotKept(logger, folder);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    });

    /// <summary>Seals what was written into the folder of <see cref="Begin"/>, and drops the least recently used models.</summary>
    public void Commit(PreparedKey key) => Try(Folder(key), folder =>
    {
        var temporary = folder + DurableFile.TemporarySuffix;
        var files = Directory.GetFiles(temporary).Select(Describe).OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
        DurableFile.WriteAllBytes(Path.Combine(temporary, SealFile), JsonSerializer.SerializeToUtf8Bytes(new Seal(key, files)));
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        DurableFile.Rename(temporary, folder);
        var old = new DirectoryInfo(directory).GetDirectories().OrderByDescending(d => d.LastWriteTimeUtc).Skip(kept);
        foreach (var one in old) one.Delete(recursive: true);
    });

    private string Folder(PreparedKey key) => Path.Combine(directory, key.Folder());

    /// <param name="key">What it must be prepared for; null for anything.</param>
    /// <param name="graph">The file of its graph; null for any.</param>
    private static bool Holds(string folder, PreparedKey? key, string? graph)
    {
        Seal? seal;
        try
        {
            seal = JsonSerializer.Deserialize<Seal>(File.ReadAllBytes(Path.Combine(folder, SealFile)));
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException)
        {
            return false;
        }
        return seal is { Key: { } sealedKey, Files: { Count: > 0 } files } && (key is null || sealedKey == key)
            && (graph is null || files.Any(f => f.Name == graph))
            && files.All(f => File.Exists(Path.Combine(folder, f.Name)) && Describe(Path.Combine(folder, f.Name)) == f);
    }

    private static SealedFile Describe(string path)
    {
        var hash = new XxHash128();
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        hash.Append(stream);
        return new SealedFile(Path.GetFileName(path), stream.Length, Convert.ToHexStringLower(hash.GetCurrentHash()));
    }

    private bool Try(string folder, Action<string> action)
    {
        try
        {
            action(folder);
            return true;
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            Refused(logger, folder, e);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The prepared model in {Folder} is damaged; it is prepared again")]
    private static partial void Broken(ILogger logger, string folder);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The student could not be prepared in {Folder}; it loads without")]
    private static partial void NotKept(ILogger logger, string folder);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A prepared model in {Folder} cannot be kept; the student loads without it")]
    private static partial void Refused(ILogger logger, string folder, Exception e);
}
