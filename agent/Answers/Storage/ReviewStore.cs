using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using EdgeAgent.Answers.Review;
using EdgeAgent.Platform;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Answers.Storage;

/// <summary>
/// The review queue in a SQLite database, which the service and a reviewer's program open side by side. Users are kept as hashes under
/// this database's own seed. One caller at a time. Members throw SqliteException where the disk refuses.
/// </summary>
internal sealed class ReviewStore : IDisposable
{
    /// <summary>Items kept; of more the oldest go, those that are decided first. Days that votes count.</summary>
    public const int MaxItems = 1000, VoteDays = 90;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, kind TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL,
          stars INTEGER NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, correction TEXT) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS votes (answer TEXT NOT NULL, user INTEGER NOT NULL, day INTEGER NOT NULL,
          PRIMARY KEY (answer, user, day)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS seed (value INTEGER NOT NULL);
        INSERT INTO seed (value) SELECT random() WHERE NOT EXISTS (SELECT 1 FROM seed);
        """;

    private readonly SqliteDatabase _database;

    private ReviewStore(SqliteDatabase database) => _database = database;

    public string? QuarantinedPath => _database.QuarantinedPath;

    public static ReviewStore Open(string path, TimeProvider clock) => new(SqliteDatabase.Open(path, Schema, clock));

    /// <summary>Adds an item; one of the same answer, or an open one of the same question and kind, stays as it is.</summary>
    /// <returns>Whether it was added.</returns>
    public bool Propose(ReviewItem item)
    {
        using var transaction = _database.Writable().BeginTransaction();
        var added = Run("""
            INSERT INTO items (id, kind, question, answer, stars, at, state, correction)
            SELECT $id, $kind, $question, $answer, $stars, $at, 'open', NULL
            WHERE NOT EXISTS (SELECT 1 FROM items WHERE id = $id OR (question = $question AND kind = $kind AND state = 'open'))
            """, ("$id", item.Id), ("$kind", item.Kind), ("$question", item.Question), ("$answer", item.Answer), ("$stars", item.Stars),
            ("$at", item.At.ToUnixTimeSeconds()));
        Run("""
            DELETE FROM items WHERE id IN (SELECT id FROM items ORDER BY state = 'open' DESC, at DESC, id LIMIT -1 OFFSET $max)
            """, ("$max", MaxItems));
        transaction.Commit();
        return added > 0;
    }

    /// <summary>Counts a good rating.</summary>
    /// <returns>Different users and different days of an answer's good ratings.</returns>
    public (long Users, long Days) Vote(string answer, string user, DateTimeOffset now)
    {
        var day = now.ToUnixTimeSeconds() / 86_400;
        using var transaction = _database.Writable().BeginTransaction();
        var seed = Scalar("SELECT value FROM seed");
        var hash = (long)XxHash64.HashToUInt64(MemoryMarshal.AsBytes(user.AsSpan()), seed);
        Run("INSERT OR IGNORE INTO votes (answer, user, day) VALUES ($answer, $user, $day)", ("$answer", answer), ("$user", hash),
            ("$day", day));
        Run("DELETE FROM votes WHERE day < $oldest", ("$oldest", day - VoteDays));
        var users = Scalar("SELECT COUNT(DISTINCT user) FROM votes WHERE answer = $answer", ("$answer", answer));
        var days = Scalar("SELECT COUNT(DISTINCT day) FROM votes WHERE answer = $answer", ("$answer", answer));
        transaction.Commit();
        return (users, days);
    }

    /// <summary>Items, the oldest first.</summary>
    /// <param name="isOpen">Those nobody has decided; otherwise those somebody has.</param>
    public IReadOnlyList<ReviewItem> All(bool isOpen)
    {
        using var command = Command("SELECT id, kind, question, answer, stars, at, state, correction FROM items "
            + $"WHERE state {(isOpen ? "=" : "<>")} 'open' ORDER BY at, id");
        using var reader = command.ExecuteReader();
        var items = new List<ReviewItem>();
        while (reader.Read())
            items.Add(new ReviewItem(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetInt32(4),
                DateTimeOffset.FromUnixTimeSeconds(reader.GetInt64(5)), reader.GetString(6),
                reader.IsDBNull(7) ? null : reader.GetString(7)));
        return items;
    }

    /// <summary>Writes what a reviewer decided.</summary>
    /// <returns>Whether there was such an open item.</returns>
    public bool Decide(string id, string state, string? correction)
    {
        _ = _database.Writable();
        return Run("UPDATE items SET state = $state, correction = $correction WHERE id = $id AND state = 'open'", ("$id", id),
            ("$state", state), ("$correction", (object?)correction ?? DBNull.Value)) > 0;
    }

    private int Run(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    private long Scalar(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = _database.Connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        return command;
    }

    public void Dispose() => _database.Dispose();
}
