using System.Globalization;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Platform;

/// <summary>
/// Opens a SQLite database in write-ahead mode. One that does not pass its check is set aside and a new one begun: what it holds
/// is never worth a device that does not start.
/// </summary>
internal static class SqliteFile
{
    /// <param name="schema">Statements that create what is not there.</param>
    /// <returns>The connection, and where a database that could not be used was put; null where all is well.</returns>
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
