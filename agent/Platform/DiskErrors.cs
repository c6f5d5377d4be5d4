using Microsoft.Data.Sqlite;

namespace EdgeAgent.Platform;

/// <summary>What a disk that is full, read-only, damaged or gone throws.</summary>
internal static class DiskErrors
{
    /// <summary>Whether an exception is the disk's: I/O, access rights, or SQLite.</summary>
    public static bool Include(Exception e) => e is IOException or UnauthorizedAccessException or SqliteException;
}
