using System.Globalization;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Platform;

/// <summary>
/// A SQLite database in write-ahead mode that never keeps a device from starting. One that is damaged is quarantined (renamed) and a
/// new one is created. One that the disk does not let be written (full, read-only, busy, not a file) is read into memory, where
/// that is possible, and stays untouched: reads go on, writes fail, and the file is tried again with every write. A file that was
/// deleted under the running process is written anew. For one caller at a time.
/// </summary>
internal sealed class SqliteDatabase : IDisposable
{
    // https://www.sqlite.org/rescode.html
    private const int Corrupt = 11, CannotOpen = 14, NotADatabase = 26;

    private readonly string _path, _schema;

    private SqliteDatabase(string path, string schema) => (_path, _schema) = (path, schema);

    /// <summary>For reading.</summary>
    public SqliteConnection Connection { get; private set; } = null!;

    /// <summary>Where a damaged database was moved; null where none was.</summary>
    public string? QuarantinedPath { get; private set; }

    /// <summary>Why nothing can be written at present; null where all is well.</summary>
    public string? Problem { get; private set; }

    /// <summary>Grows with every other database that <see cref="Connection"/> reads.</summary>
    public int Generation { get; private set; }

    /// <param name="schema">Statements that create missing tables, indexes and first rows.</param>
    public static SqliteDatabase Open(string path, string schema, TimeProvider clock)
    {
        var database = new SqliteDatabase(path, schema);
        try
        {
            database.Connection = database.Connect();
        }
        catch (Exception e) when (IsDamage(e))
        {
            database.Replace(clock);
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            database.FallBack(e);
        }
        return database;
    }

    /// <summary>For writing.</summary>
    /// <exception cref="SqliteException">The disk refuses.</exception>
    public SqliteConnection Writable()
    {
        try
        {
            if (Problem is not null) Use(Connect());
            else if (!File.Exists(_path)) Restore();
            return Connection;
        }
        catch (Exception e) when (e is not SqliteException && (DiskErrors.Include(e) || IsDamage(e)))
        {
            throw new SqliteException(e.Message, CannotOpen);
        }
    }

    private static bool IsDamage(Exception e) =>
        e is InvalidDataException or SqliteException { SqliteErrorCode: Corrupt or NotADatabase };

    private SqliteConnection Connect()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        var connection = Open(_path, SqliteOpenMode.ReadWriteCreate);
        try
        {
            Run(connection, "PRAGMA busy_timeout=2000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
            Check(connection);
            Run(connection, _schema);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void Replace(TimeProvider clock)
    {
        try
        {
            var aside = string.Create(CultureInfo.InvariantCulture, $"{_path}.corrupt-{clock.GetUtcNow():yyyyMMddHHmmss}");
            DurableFile.Rename(_path, aside);
            foreach (var tail in new[] { "-wal", "-shm" }) DurableFile.Delete(_path + tail);
            (Connection, QuarantinedPath) = (Connect(), aside);
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            FallBack(e);
        }
    }

    /// <summary>Reads what can be read into memory.</summary>
    private void FallBack(Exception cause)
    {
        Problem = cause.Message;
        var memory = new SqliteConnection("Data Source=:memory:");
        memory.Open();
        var immutable = $"file:{Uri.EscapeDataString(Path.GetFullPath(_path))}?immutable=1";
        if (File.Exists(_path) && !TryCopy(_path, memory)) TryCopy(immutable, memory);
        Run(memory, _schema);
        Run(memory, "PRAGMA query_only=ON");
        Connection = memory;
    }

    /// <param name="source">A path, or a URI; "immutable" reads a database on a disk where SQLite cannot create its index file.</param>
    private static bool TryCopy(string source, SqliteConnection memory)
    {
        try
        {
            using var disk = Open(source, SqliteOpenMode.ReadOnly);
            Check(disk);
            disk.BackupDatabase(memory);
            return true;
        }
        catch (Exception e) when (IsDamage(e) || DiskErrors.Include(e))
        {
            return false;
        }
    }

    /// <summary>Somebody deleted the file: what this process still holds open is written to a new one.</summary>
    private void Restore()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        foreach (var tail in new[] { "-wal", "-shm" }) DurableFile.Delete(_path + tail);
        using (var command = Connection.CreateCommand())
        {
            command.CommandText = "VACUUM INTO $path";
            command.Parameters.AddWithValue("$path", _path);
            command.ExecuteNonQuery();
        }
        Use(Connect());
    }

    private void Use(SqliteConnection connection)
    {
        Connection.Dispose();
        (Connection, Problem) = (connection, null);
        Generation++;
    }

    private static SqliteConnection Open(string source, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = source, Pooling = false, Mode = mode }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Check(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA quick_check";
        if (command.ExecuteScalar() as string != "ok") throw new InvalidDataException("the database is damaged");
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose() => Connection.Dispose();
}
