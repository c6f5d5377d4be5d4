using System.IO.Hashing;
using System.Text;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Platform;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Serving;

/// <summary>
/// A student's shared prefixes on disk: read behind its start, written when it ends. One file a student; files of students that are gone
/// are removed. A disk that fails costs the file, never an answer.
/// </summary>
/// <param name="directory">Null keeps nothing on disk.</param>
/// <param name="maxBytes">Bytes of a file.</param>
internal sealed partial class PrefixStore(PrefixRows prefixes, string? directory, long maxBytes, ILogger logger)
{
    /// <summary>The students of a trial: the one that serves, and the one that may.</summary>
    private const int MaxFiles = 2;

    private readonly bool _isKept = directory is not null && maxBytes > 0 && prefixes.Cache is not null;

    private string FilePath => Path.Combine(directory!,
        Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(prefixes.Origin))) + PrefixFile.Extension);

    /// <summary>Reads the file on another thread: no answer waits for it.</summary>
    public Task LoadAsync() => !_isKept ? Task.CompletedTask : Task.Run(() => Edge(() =>
    {
        if (PrefixFile.Load(FilePath, prefixes.Cache!, prefixes.Origin) is null) Damaged(logger, FilePath);
    }));

    public void Save()
    {
        if (!_isKept) return;
        Edge(() =>
        {
            PrefixFile.Save(FilePath, prefixes.Cache!, prefixes.Origin, maxBytes);
            if (!Directory.Exists(directory)) return;
            foreach (var old in new DirectoryInfo(directory!).GetFiles("*" + PrefixFile.Extension)
                .OrderByDescending(f => f.LastWriteTimeUtc).Skip(MaxFiles)) DurableFile.Delete(old.FullName);
        });
    }

    private void Edge(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            Unusable(logger, directory!, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "{Path} was damaged or of another student, and has been removed; prefixes are computed again")]
    private static partial void Damaged(ILogger logger, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Prefixes cannot be kept in {Directory}: {Reason}")]
    private static partial void Unusable(ILogger logger, string directory, string reason);
}
