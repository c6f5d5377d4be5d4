using System.Globalization;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Platform;

/// <summary>
/// Opens a SQLite database in write-ahead mode. A database that fails its integrity check is quarantined (renamed) and a new one is
/// created: its content never keeps a device from starting.
/// </summary>
internal static class SqliteFile
{
    /// <param name="schema">Statements that create missing tables and indexes.</param>
    /// <returns>The connection, and the new path of a quarantined database; null where none was.</returns>
    public static (SqliteConnection Connection, string? QuarantinedPath) Open(string path, string schema, TimeProvider clock)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        try
        {
            return (Connect(path, schema), null);
        }
        catch (Exception e) when (e is SqliteException or InvalidDataException)
        {
            SqliteConnection.ClearAllPools();
            var aside = string.Create(CultureInfo.InvariantCulture, $"{path}.corrupt-{clock.GetUtcNow():yyyyMMddHHmmss}");
            DurableFile.Rename(path, aside);
            foreach (var tail in new[] { "-wal", "-shm" }) DurableFile.Delete(path + tail);
            return (Connect(path, schema), aside);
        }
    }

    private static SqliteConnection Connect(string path, string schema)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=2000;";
            command.ExecuteNonQuery();
            command.CommandText = "PRAGMA quick_check";
            if (command.ExecuteScalar() as string != "ok") throw new InvalidDataException("the database is damaged");
            command.CommandText = schema;
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
