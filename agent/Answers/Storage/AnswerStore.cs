using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using EdgeAgent.Answers.Matching;
using EdgeAgent.Platform;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Answers.Storage;

/// <summary>
/// The answers on disk: a database that is set aside and begun anew where it is damaged. One user at a time.
/// </summary>
internal sealed class AnswerStore : IDisposable
{
    private readonly SqliteConnection _connection;

    private readonly long _seed;

    private AnswerStore(SqliteConnection connection, long seed) => (_connection, _seed) = (connection, seed);

    /// <summary>Where a database that could not be used was put; null where all is well.</summary>
    public string? QuarantinedPath { get; private init; }

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS answers (id TEXT PRIMARY KEY, source TEXT NOT NULL, model TEXT, created_at TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS refused (key TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS seed (value INTEGER NOT NULL);
        """;

    public static AnswerStore Open(string path, TimeProvider clock)
    {
        var (connection, aside) = SqliteFile.Open(path, Schema, clock);
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO seed (value) SELECT $new WHERE NOT EXISTS (SELECT 1 FROM seed); SELECT value FROM seed";
        command.Parameters.AddWithValue("$new", Identifiers.Seed());
        return new AnswerStore(connection, (long)command.ExecuteScalar()!) { QuarantinedPath = aside };
    }

    /// <summary>
    /// What stands on disk for a question: a hash under this database's own seed. Other askers' scopes hash to something else.
    /// </summary>
    /// <param name="question"><see cref="QuestionText.Key"/>.</param>
    public string KeyOf(string question, string scope) =>
        XxHash128.HashToUInt128(MemoryMarshal.AsBytes($"{scope}\n{question}".AsSpan()), _seed).ToString("x32",
            CultureInfo.InvariantCulture);

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
        command.CommandText =
            "INSERT INTO answers (id, source, model, created_at, body) VALUES ($id, $source, $model, $created, $body) ON CONFLICT(id) DO " +
            "UPDATE SET source=$source, model=$model, created_at=$created, body=$body";
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

    /// <summary>Deletes by id, in one transaction.</summary>
    public void Delete(IEnumerable<string> ids)
    {
        using var transaction = _connection.BeginTransaction();
        using var command = _connection.CreateCommand();
        command.CommandText = "DELETE FROM answers WHERE id=$id";
        foreach (var id in ids)
        {
            command.Parameters.Clear();
            command.Parameters.AddWithValue("$id", id);
            command.ExecuteNonQuery();
        }
        transaction.Commit();
    }

    /// <summary>Keys of questions whose answers were rated bad: nothing is learned for them.</summary>
    public IReadOnlyList<string> Refused()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT key FROM refused";
        using var reader = command.ExecuteReader();
        var questions = new List<string>();
        while (reader.Read()) questions.Add(reader.GetString(0));
        return questions;
    }

    /// <param name="key"><see cref="KeyOf"/>.</param>
    public void Refuse(string key, DateTimeOffset now)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "INSERT OR REPLACE INTO refused (key, at) VALUES ($key, $at)";
        command.Parameters.AddWithValue("$key", key);
        command.Parameters.AddWithValue("$at", now.ToString("O", CultureInfo.InvariantCulture));
        command.ExecuteNonQuery();
    }

    /// <summary>Deletes what fits all that is given; returns how many.</summary>
    /// <param name="model">Learned from this model.</param>
    /// <param name="before">Older than this.</param>
    /// <param name="match">In the answer or a question, or its id.</param>
    public int Purge(string? model, DateTimeOffset? before, string? match)
    {
        var doomed = All().Where(e => (model is null || e.Model == model) && (before is null || e.CreatedAt < before)
            && (match is null || e.Id == match || e.Answer.Contains(match, StringComparison.OrdinalIgnoreCase)
                || e.Questions.Any(q => q.Contains(match, StringComparison.OrdinalIgnoreCase)))).ToList();
        Delete(doomed.Select(e => e.Id));
        return doomed.Count;
    }

    public void Dispose() => _connection.Dispose();
}
