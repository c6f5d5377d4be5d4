using EdgeAgent.Platform;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Mqtt;

/// <summary>The rows of an outbox in a SQLite database: written in one transaction each time. For one caller at a time.</summary>
internal sealed class OutboxTable : IDisposable
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS outbox (number INTEGER PRIMARY KEY, id TEXT, kind TEXT NOT NULL, topic TEXT NOT NULL,
          payload BLOB NOT NULL, retain INTEGER NOT NULL, content_type TEXT);
        """;

    private const string AddSql = """
        INSERT OR REPLACE INTO outbox (number, id, kind, topic, payload, retain, content_type)
        VALUES ($number, $id, $kind, $topic, $payload, $retain, $type)
        """;

    private readonly SqliteDatabase _database;

    private OutboxTable(SqliteDatabase database) => _database = database;

    /// <summary>Where a damaged database was moved; null where none was.</summary>
    public string? QuarantinedPath => _database.QuarantinedPath;

    public static OutboxTable Open(string path, TimeProvider clock) => new(SqliteDatabase.Open(path, Schema, clock));

    /// <summary>What the last process left, in order. Rows that are none of ours are passed over.</summary>
    public IReadOnlyList<(long Number, OutboundMessage Message)> Read()
    {
        var rows = new List<(long, OutboundMessage)>();
        using var command = _database.Connection.CreateCommand();
        command.CommandText = "SELECT number, id, kind, topic, payload, retain, content_type FROM outbox ORDER BY number";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            if (!Enum.TryParse<MessageKind>(reader.GetString(2), out var kind) || kind == MessageKind.Reply) continue;
            rows.Add((reader.GetInt64(0), new OutboundMessage(reader.GetString(3), reader.GetFieldValue<byte[]>(4))
            {
                AtLeastOnce = true,
                Kind = kind,
                Id = reader.IsDBNull(1) ? null : reader.GetString(1),
                Retain = reader.GetInt64(5) != 0,
                ContentType = reader.IsDBNull(6) ? null : reader.GetString(6),
            }));
        }
        return rows;
    }

    /// <exception cref="SqliteException">The disk refuses: nothing of it is written.</exception>
    public void Write(IReadOnlyCollection<KeyValuePair<long, OutboundMessage>> added, IReadOnlyCollection<long> removed)
    {
        var connection = _database.Writable();
        using var transaction = connection.BeginTransaction();
        foreach (var (number, message) in added)
            Run(connection, AddSql, ("$number", number), ("$id", message.Id), ("$kind", message.Kind.ToString()), ("$topic", message.Topic),
                ("$payload", message.Payload.ToArray()), ("$retain", message.Retain ? 1 : 0), ("$type", message.ContentType));
        foreach (var number in removed) Run(connection, "DELETE FROM outbox WHERE number=$number", ("$number", number));
        transaction.Commit();
    }

    private static void Run(SqliteConnection connection, string sql, params (string Name, object? Value)[] values)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        command.ExecuteNonQuery();
    }

    public void Dispose() => _database.Dispose();
}
