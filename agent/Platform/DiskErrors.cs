using Microsoft.Data.Sqlite;

namespace EdgeAgent.Platform;

/// <summary>What a disk that is full, read-only, damaged or gone throws.</summary>
internal static class DiskErrors
{
    private const int TryAgain = 11; // EAGAIN: flock(2) of a file that another process holds

    /// <summary>Whether an exception says that another process has the file open.</summary>
    public static bool IsInUse(Exception e) => e is IOException { HResult: TryAgain };

    /// <summary>Whether an exception is the disk's: I/O, access rights, or SQLite.</summary>
    public static bool Include(Exception e) => e is IOException or UnauthorizedAccessException or SqliteException;
}
