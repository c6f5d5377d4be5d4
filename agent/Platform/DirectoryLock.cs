using System.Globalization;

namespace EdgeAgent.Platform;

/// <summary>
/// Keeps a second process off a directory: a lock on a file in it (flock(2)), which ends with the process. The file names the holder.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    public const string FileName = "agent.lock";
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <summary>Takes the lock; the directory is made where it is missing. Null where it cannot be written: then nobody can.</summary>
    /// <exception cref="IOException">Another process holds it.</exception>
    public static DirectoryLock? Take(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            var file = new FileStream(Path.Combine(directory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            try
            {
                file.SetLength(0);
                file.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            }
            catch (IOException)
            {
                // a full disk: the lock holds without a name
            }
            return new DirectoryLock(file);
        }
        catch (Exception e) when (DiskErrors.IsInUse(e))
        {
            var holder = HolderOf(directory) is { } process ? $" (process {process})" : "";
            throw new IOException($"another edge-agent{holder} uses the state directory '{directory}': stop it, or give this one its own " +
                "with --state", e);
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            return null;
        }
    }

    /// <summary>The living process that holds the lock; null for none. Asks for no lock itself.</summary>
    public static int? HolderOf(string directory)
    {
        try
        {
            var path = Path.Combine(directory, FileName);
            if (!File.Exists(path)) return null;
            var text = System.Text.Encoding.ASCII.GetString(LockedFile.ReadAllBytes(path));
            return int.TryParse(text.Trim(), CultureInfo.InvariantCulture, out var process) && IsAgent(process)
                ? process : null;
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            return null;
        }
    }

    /// <summary>A process id may have gone to another program since.</summary>
    private static bool IsAgent(int process)
    {
        try
        {
            return TextFile.ReadUnchecked($"/proc/{process}/cmdline").Contains("edge-agent", StringComparison.Ordinal)
                || process == Environment.ProcessId;
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            return false;
        }
    }

    /// <summary>Lets the directory go. The file stays, empty: deleting it would let two processes lock two files.</summary>
    public void Dispose()
    {
        if (!_file.CanWrite) return; // let go before
        try
        {
            _file.SetLength(0);
        }
        catch (IOException)
        {
            // the process that it names ends
        }
        _file.Dispose();
    }
}
