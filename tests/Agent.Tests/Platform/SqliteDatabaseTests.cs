using EdgeAgent.Platform;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Tests.Platform;

public sealed class SqliteDatabaseTests : IDisposable
{
    private const string Schema = "CREATE TABLE IF NOT EXISTS t (value TEXT NOT NULL)";
    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    private static void Add(SqliteDatabase database, string value)
    {
        using var command = database.Writable().CreateCommand();
        command.CommandText = "INSERT INTO t (value) VALUES ($value)";
        command.Parameters.AddWithValue("$value", value);
        command.ExecuteNonQuery();
    }

    private static List<string> Values(SqliteDatabase database)
    {
        using var command = database.Connection.CreateCommand();
        command.CommandText = "SELECT value FROM t ORDER BY rowid";
        using var reader = command.ExecuteReader();
        var values = new List<string>();
        while (reader.Read()) values.Add(reader.GetString(0));
        return values;
    }

    private SqliteDatabase Open() => SqliteDatabase.Open(_root.File("t.db"), Schema, TimeProvider.System);

    /// <summary>A database that another process holds is not damaged: it is read, left alone, and used when it is free.</summary>
    [Fact]
    public void Open_HeldByAnother_IsReadAndUsedWhenFree()
    {
        using (var first = Open()) Add(first, "kept");
        using var other = new SqliteConnection($"Data Source={_root.File("t.db")};Pooling=False");
        other.Open();
        using var command = other.CreateCommand();
        command.CommandText = "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; INSERT INTO t VALUES ('other'); COMMIT";
        command.ExecuteNonQuery();
        using var database = Open();
        Assert.NotNull(database.Problem);
        Assert.Null(database.QuarantinedPath);
        Assert.Throws<SqliteException>(() => Add(database, "refused"));
        var generation = database.Generation;
        other.Close();
        Add(database, "new");
        Assert.Null(database.Problem);
        Assert.NotEqual(generation, database.Generation);
        Assert.Equal(["kept", "other", "new"], Values(database));
        Assert.Single(Directory.GetFiles(_root.Path, "t.db*"), f => f.EndsWith("t.db", StringComparison.Ordinal));
    }

    /// <summary>Nothing is reported as written into a file that nobody will find again.</summary>
    [Fact]
    public void Writable_FileWasDeleted_IsWrittenAnew()
    {
        using (var database = Open())
        {
            Add(database, "before");
            foreach (var file in Directory.GetFiles(_root.Path, "t.db*")) File.Delete(file);
            Add(database, "after");
        }
        using var again = Open();
        Assert.Equal(["before", "after"], Values(again));
    }

    [Fact]
    public void Open_PathIsADirectory_WorksInMemoryAndTellsWhy()
    {
        Directory.CreateDirectory(_root.File("t.db"));
        using var database = Open();
        Assert.NotNull(database.Problem);
        Assert.Empty(Values(database));
        Assert.Throws<SqliteException>(() => Add(database, "x"));
        Directory.Delete(_root.File("t.db"));
        Add(database, "x");
        Assert.Equal(["x"], Values(database));
    }
}
