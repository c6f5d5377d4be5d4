using System.Globalization;
using System.Text.Json;
using EdgeAgent.Platform;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Answers;

/// <summary>
/// The answers on disk: SQLite in write-ahead mode. A database that does not pass its check is set aside and a new one begun: the
/// cache never keeps a device from starting. One user at a time.
/// </summary>
public sealed class AnswerStore : IDisposable
{
    private readonly SqliteConnection _connection;

    private AnswerStore(SqliteConnection connection) => _connection = connection;

    /// <summary>Where a database that could not be used was put; null where all is well.</summary>
    public string? SetAside { get; private init; }

    public static AnswerStore Open(string path, TimeProvider clock)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        try
        {
            return new AnswerStore(Connect(path));
        }
        catch (Exception e) when (e is SqliteException or InvalidDataException)
        {
            SqliteConnection.ClearAllPools();
            var aside = string.Create(CultureInfo.InvariantCulture, $"{path}.corrupt-{clock.GetUtcNow():yyyyMMddHHmmss}");
            DurableFile.Rename(path, aside);
            foreach (var tail in new[] { "-wal", "-shm" }) DurableFile.Delete(path + tail);
            return new AnswerStore(Connect(path)) { SetAside = aside };
        }
    }

    private static SqliteConnection Connect(string path)
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
            command.CommandText = "CREATE TABLE IF NOT EXISTS answers (id TEXT PRIMARY KEY, source TEXT NOT NULL, model TEXT, created_at TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID";
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Changes when another connection has written.</summary>
    public long Version
    {
        get
        {
            using var command = _connection.CreateCommand();
            command.CommandText = "PRAGMA data_version";
            return (long)command.ExecuteScalar()!;
        }
    }

    /// <summary>All entries, by id.</summary>
    public IReadOnlyList<AnswerEntry> All()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT body FROM answers ORDER BY id";
        using var reader = command.ExecuteReader();
        var entries = new List<AnswerEntry>();
        while (reader.Read()) entries.Add(JsonSerializer.Deserialize(reader.GetString(0), AnswerJson.Default.AnswerEntry)!);
        return entries;
    }

    /// <summary>Writes entries in one transaction; those with the same id are replaced.</summary>
    public void Put(IEnumerable<AnswerEntry> entries, DateTimeOffset now)
    {
        using var transaction = _connection.BeginTransaction();
        using var command = _connection.CreateCommand();
        command.CommandText = "INSERT INTO answers (id, source, model, created_at, body) VALUES ($id, $source, $model, $created, $body) ON CONFLICT(id) DO UPDATE SET source=$source, model=$model, created_at=$created, body=$body";
        foreach (var entry in entries)
        {
            var kept = entry with { CreatedAt = entry.CreatedAt ?? now };
            command.Parameters.Clear();
            command.Parameters.AddWithValue("$id", kept.Id);
            command.Parameters.AddWithValue("$source", kept.Source);
            command.Parameters.AddWithValue("$model", (object?)kept.Model ?? DBNull.Value);
            command.Parameters.AddWithValue("$created", kept.CreatedAt!.Value.ToString("O", CultureInfo.InvariantCulture));
            command.Parameters.AddWithValue("$body", JsonSerializer.Serialize(kept, AnswerJson.Default.AnswerEntry));
            command.ExecuteNonQuery();
        }
        transaction.Commit();
    }

    /// <summary>Deletes what fits all that is given; returns how many.</summary>
    /// <param name="model">Learned from this model.</param>
    /// <param name="before">Older than this.</param>
    /// <param name="match">In the answer or a question, or its id.</param>
    public int Purge(string? model, DateTimeOffset? before, string? match)
    {
        var doomed = All().Where(e => (model is null || e.Model == model) && (before is null || e.CreatedAt < before)
            && (match is null || e.Id == match || e.Answer.Contains(match, StringComparison.OrdinalIgnoreCase) || e.Questions.Any(q => q.Contains(match, StringComparison.OrdinalIgnoreCase)))).ToList();
        using var transaction = _connection.BeginTransaction();
        using var command = _connection.CreateCommand();
        command.CommandText = "DELETE FROM answers WHERE id=$id";
        foreach (var entry in doomed)
        {
            command.Parameters.Clear();
            command.Parameters.AddWithValue("$id", entry.Id);
            command.ExecuteNonQuery();
        }
        transaction.Commit();
        return doomed.Count;
    }

    public void Dispose() => _connection.Dispose();
}
