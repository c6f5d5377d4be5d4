using EdgeAgent.Platform;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Telemetry;

/// <summary>Business figures in a SQLite database of their own. A damaged database is quarantined and a new one begun.</summary>
internal sealed class BusinessStore : IBusinessStore
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS hours (hour INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL,
          PRIMARY KEY (hour, name)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS feedback (at INTEGER NOT NULL, answer_id TEXT NOT NULL, rating INTEGER NOT NULL, resolved INTEGER);
        """;

    private readonly SqliteDatabase _database;

    public BusinessStore(string path, TimeProvider clock) => _database = SqliteDatabase.Open(path, Schema, clock);

    public string? QuarantinedPath => _database.QuarantinedPath;

    public string? Problem => _database.Problem;

    public void Add(BusinessCounts counts, long oldestHour)
    {
        using var transaction = _database.Writable().BeginTransaction();
        using var command = _database.Connection.CreateCommand();
        command.CommandText = """
            INSERT INTO hours (hour, name, value) VALUES ($hour, $name, $value)
            ON CONFLICT(hour, name) DO UPDATE SET value = value + $value
            """;
        foreach (var ((hour, name), value) in counts.Counts) Run(command, ("$hour", hour), ("$name", name), ("$value", value));
        command.CommandText = "INSERT INTO feedback (at, answer_id, rating, resolved) VALUES ($at, $id, $rating, $resolved)";
        foreach (var rating in counts.Ratings)
            Run(command, ("$at", rating.At), ("$id", rating.AnswerId), ("$rating", rating.Stars),
                ("$resolved", rating.IsResolved is { } isResolved ? isResolved ? 1 : 0 : DBNull.Value));
        command.CommandText = """
            DELETE FROM hours WHERE hour < $oldest;
            DELETE FROM feedback WHERE at < $oldest * 3600 OR rowid <= (SELECT MAX(rowid) FROM feedback) - $max
            """;
        Run(command, ("$oldest", oldestHour), ("$max", BusinessCounts.MaxRatings));
        transaction.Commit();
    }

    public IReadOnlyList<(long Hour, string Name, double Value)> Read(long firstHour, string prefix)
    {
        using var command = _database.Connection.CreateCommand();
        command.CommandText = "SELECT hour, name, value FROM hours WHERE hour >= $first AND name LIKE $names";
        command.Parameters.AddWithValue("$names", prefix + "%");
        command.Parameters.AddWithValue("$first", firstHour);
        using var reader = command.ExecuteReader();
        var counts = new List<(long, string, double)>();
        while (reader.Read()) counts.Add((reader.GetInt64(0), reader.GetString(1), reader.GetDouble(2)));
        return counts;
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        command.Parameters.Clear();
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        command.ExecuteNonQuery();
    }

    public void Dispose() => _database.Dispose();
}
