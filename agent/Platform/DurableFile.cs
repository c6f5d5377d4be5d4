using System.Runtime.InteropServices;

namespace EdgeAgent.Platform;

/// <summary>
/// Durable writes: write a temporary file, fsync, rename over the target, fsync the directory. A crash leaves the old file or the
/// new one, never a mixture.
/// </summary>
internal static class DurableFile
{
    public const string TemporarySuffix = ".tmp";

    /// <summary>Replaces <paramref name="path"/> with what <paramref name="write"/> produces. The target's directory must exist.</summary>
    /// <exception cref="IOException">The file or its directory could not be written or synced; the old content is intact.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var full = Path.GetFullPath(path);
        var temporary = full + TemporarySuffix;
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            write(stream);
            Durability.Sync(stream);
        }
        Durability.Passed("write");
        Rename(temporary, full);
    }

    /// <summary>As <see cref="WriteAllBytes"/>, and from its first byte on only its owner can read the file.</summary>
    public static void WriteSecret(string path, ReadOnlyMemory<byte> content)
    {
        var temporary = Path.GetFullPath(path) + TemporarySuffix;
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        new FileStream(temporary, options).Dispose();
        Write(path, s => s.Write(content.Span)); // keeps the mode of the file that is there
    }

    public static void WriteAllBytes(string path, ReadOnlyMemory<byte> content) => Write(path, s => s.Write(content.Span));

    public static void WriteAllText(string path, string content) => WriteAllBytes(path, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Renames a file or directory over its target and syncs the containing directory.</summary>
    public static void Rename(string from, string to)
    {
#pragma warning disable RS0030 // this is the one place that renames
        if (Directory.Exists(from)) Directory.Move(from, to);
        else File.Move(from, to, overwrite: true);
#pragma warning restore RS0030
        SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(to))!);
        Durability.Passed("rename");
    }

    /// <summary>Writes at a position of a file and syncs it; creates a missing file.</summary>
    public static void WriteAt(string path, long position, ReadOnlySpan<byte> content)
    {
        var isNew = !File.Exists(path);
        using (var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write))
        {
            RandomAccess.Write(handle, content, position);
            Durability.Sync(handle);
        }
        if (isNew) SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Durability.Passed("chunk");
    }

    /// <summary>
    /// Deletes a file, or a directory with its content. No-op where neither exists. A directory is renamed first, so that it is never
    /// seen half deleted.
    /// </summary>
    public static void Delete(string path)
    {
        var parent = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (Directory.Exists(path))
        {
            var doomed = path + DeletedSuffix;
            if (Directory.Exists(doomed)) Directory.Delete(doomed, recursive: true);
            Rename(path, doomed);
            Directory.Delete(doomed, recursive: true);
        }
        else if (File.Exists(path)) File.Delete(path);
        else return;
        SyncDirectory(parent);
        Durability.Passed("delete");
    }

    public const string DeletedSuffix = ".deleted";

    /// <summary>
    /// Syncs a directory (open(2), fsync(2)), which makes a rename inside it durable. No-op on systems without the call.
    /// </summary>
    public static void SyncDirectory(string directory)
    {
        if (!OperatingSystem.IsLinux() || !Durability.IsReal) return;
        var descriptor = Open(directory, OpenReadOnly);
        if (descriptor < 0)
            throw new IOException($"cannot open directory '{directory}' to sync it (errno {Marshal.GetLastPInvokeError()})");
        try
        {
            if (Fsync(descriptor) != 0)
                throw new IOException($"cannot sync directory '{directory}' (errno {Marshal.GetLastPInvokeError()})");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private const int OpenReadOnly = 0;

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Fsync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int descriptor);
}
