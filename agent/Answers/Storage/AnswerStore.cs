using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using EdgeAgent.Answers.Learning;
using EdgeAgent.Platform;

namespace EdgeAgent.Answers.Storage;

/// <summary>The answers in a SQLite database. A damaged database is quarantined and a new one begun.</summary>
internal sealed class AnswerStore : IAnswerStore
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS answers (id TEXT PRIMARY KEY, source TEXT NOT NULL, model TEXT, created_at TEXT NOT NULL,
          body TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS refused (key TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS seed (value INTEGER NOT NULL);
        INSERT INTO seed (value) SELECT random() WHERE NOT EXISTS (SELECT 1 FROM seed);
        """;

    private const string PutSql = """
        INSERT INTO answers (id, source, model, created_at, body) VALUES ($id, $source, $model, $created, $body)
        ON CONFLICT(id) DO UPDATE SET source=$source, model=$model, created_at=$created, body=$body
        """;

    private const string DeleteSql = "DELETE FROM answers WHERE id=$id";

    /// <summary>A curated answer may have the id of a learned one that it corrects: what is learned never changes it.</summary>
    private const string OnlyLearned = "source='learned'";

    private readonly SqliteDatabase _database;
    private readonly long _seed;

    private AnswerStore(SqliteDatabase database, long seed) => (_database, _seed) = (database, seed);

    public string? QuarantinedPath => _database.QuarantinedPath;

    public string? Problem => _database.Problem;

    /// <summary>Rows that the last <see cref="All"/> left out: no entry, or one that breaks the limits of an answer.</summary>
    public int UnusableRows { get; private set; }

    public static AnswerStore Open(string path, TimeProvider clock)
    {
        var database = SqliteDatabase.Open(path, Schema, clock);
        using var command = database.Connection.CreateCommand();
        command.CommandText = "SELECT value FROM seed";
        return new AnswerStore(database, (long)command.ExecuteScalar()!);
    }

    public string KeyOf(string question, string scope) =>
        XxHash128.HashToUInt128(MemoryMarshal.AsBytes($"{scope}\n{question}".AsSpan()), _seed).ToString("x32",
            CultureInfo.InvariantCulture);

    public long Version
    {
        get
        {
            using var command = _database.Connection.CreateCommand();
            command.CommandText = "PRAGMA data_version";
            return ((long)_database.Generation << 32) + (long)command.ExecuteScalar()!;
        }
    }

    public IReadOnlyList<AnswerEntry> All()
    {
        using var command = _database.Connection.CreateCommand();
        command.CommandText = "SELECT body FROM answers ORDER BY id";
        using var reader = command.ExecuteReader();
        var entries = new List<AnswerEntry>();
        UnusableRows = 0;
        while (reader.Read())
            if (Usable(reader.GetString(0)) is { } entry) entries.Add(entry);
            else UnusableRows++;
        return entries;
    }

    public IReadOnlyList<string> Refused()
    {
        using var command = _database.Connection.CreateCommand();
        command.CommandText = "SELECT key FROM refused ORDER BY at, key";
        using var reader = command.ExecuteReader();
        var keys = new List<string>();
        while (reader.Read()) keys.Add(reader.GetString(0));
        return keys;
    }

    public void Put(IEnumerable<AnswerEntry> entries, DateTimeOffset now)
    {
        using var transaction = _database.Writable().BeginTransaction();
        PutAll(entries, PutSql, now);
        transaction.Commit();
    }

    public void Apply(LearnedChanges changes, DateTimeOffset now)
    {
        using var transaction = _database.Writable().BeginTransaction();
        PutAll(changes.Saved, $"{PutSql} WHERE answers.{OnlyLearned}", now);
        DeleteAll(changes.Deleted, $"{DeleteSql} AND {OnlyLearned}");
        RefuseAll(changes.Refused, now);
        transaction.Commit();
    }

    public int Purge(PurgeFilter filter)
    {
        var fitting = All().Where(filter.Fits).Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
        // a row that cannot be used has an id all the same
        if (filter is { Model: null, Before: null, Match: { } id }) fitting.Add(id);
        using var transaction = _database.Writable().BeginTransaction();
        var deleted = DeleteAll(fitting, DeleteSql);
        transaction.Commit();
        return deleted;
    }

    /// <summary>The entry of a row; null where an earlier version or another program has written what would stop every start.</summary>
    private static AnswerEntry? Usable(string body)
    {
        try
        {
            var entry = JsonSerializer.Deserialize(body, AnswerJson.Default.AnswerEntry);
            return entry?.Source == AnswerEntry.Learned && entry is { Key: not null, Answer: not null, Questions: not null }
                || AnswerEntry.Problem(entry) is null ? entry : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private void PutAll(IEnumerable<AnswerEntry> entries, string sql, DateTimeOffset now)
    {
        using var command = _database.Connection.CreateCommand();
        command.CommandText = sql;
        foreach (var entry in entries)
        {
            var kept = entry with { CreatedAt = entry.CreatedAt ?? now };
            command.Parameters.Clear();
            command.Parameters.AddWithValue("$id", kept.Id);
            command.Parameters.AddWithValue("$source", kept.Source);
            command.Parameters.AddWithValue("$model", (object?)kept.Model ?? DBNull.Value);
            command.Parameters.AddWithValue("$created", Text(kept.CreatedAt.Value));
            command.Parameters.AddWithValue("$body", JsonSerializer.Serialize(kept, AnswerJson.Default.AnswerEntry));
            command.ExecuteNonQuery();
        }
    }

    private int DeleteAll(IEnumerable<string> ids, string sql)
    {
        using var command = _database.Connection.CreateCommand();
        command.CommandText = sql;
        var deleted = 0;
        foreach (var id in ids)
        {
            command.Parameters.Clear();
            command.Parameters.AddWithValue("$id", id);
            deleted += command.ExecuteNonQuery();
        }
        return deleted;
    }

    private void RefuseAll(IReadOnlyCollection<string> keys, DateTimeOffset now)
    {
        if (keys.Count == 0) return;
        using var command = _database.Connection.CreateCommand();
        command.CommandText = "INSERT OR REPLACE INTO refused (key, at) VALUES ($key, $at)";
        foreach (var key in keys)
        {
            command.Parameters.Clear();
            command.Parameters.AddWithValue("$key", key);
            command.Parameters.AddWithValue("$at", Text(now));
            command.ExecuteNonQuery();
        }
        command.Parameters.Clear();
        command.CommandText = "DELETE FROM refused WHERE key NOT IN (SELECT key FROM refused ORDER BY at DESC, key DESC LIMIT $max)";
        command.Parameters.AddWithValue("$max", LearnedAnswers.MaxRefused);
        command.ExecuteNonQuery();
    }

    private static string Text(DateTimeOffset time) => time.ToString("O", CultureInfo.InvariantCulture);

    public void Dispose() => _database.Dispose();
}
