using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Updates;

/// <summary>
/// The truth about updates: an append-only log of records; the last record of each command counts. Topics are a view of it.
/// Remembers the newest <see cref="Remembered"/> commands, so that it knows a command that is delivered again. Safe for concurrent
/// use.
/// </summary>
internal sealed class UpdateJournal : IDisposable
{
    private const int Remembered = 200;
    private const long CompactBytes = 1 << 20;
    private readonly Lock _lock = new();
    private readonly AppendLog _log;
    private readonly Dictionary<string, (UpdateRecord Record, long Order)> _records = new(StringComparer.Ordinal);
    private long _order;

    public UpdateJournal(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _log = AppendLog.Open(path, out var lines);
        foreach (var line in lines)
            if (JsonSerializer.Deserialize(line, UpdateJson.Default.UpdateRecord) is { } record) Keep(record);
    }

    public UpdateRecord? Find(string id)
    {
        lock (_lock) return _records.TryGetValue(id, out var entry) ? entry.Record : null;
    }

    /// <summary>All remembered records, the oldest command first.</summary>
    public IReadOnlyList<UpdateRecord> All
    {
        get { lock (_lock) return [.. _records.Values.OrderBy(r => r.Order).Select(r => r.Record)]; }
    }

    /// <summary>Updates that have not ended, the oldest first: by the commands' own time stamps if all have one, else by arrival.</summary>
    public IReadOnlyList<UpdateRecord> Open
    {
        get
        {
            var open = All.Where(r => !r.IsOver).ToList();
            return open.TrueForAll(r => r.Command.IssuedAt is not null) ? [.. open.OrderBy(r => r.Command.IssuedAt)] : open;
        }
    }

    /// <summary>Whether a command with a later time stamp came before this one and was not taken back.</summary>
    public bool KnowsNewerThan(UpdateRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.Command.IssuedAt is { } issued && All.Any(r => r.Command.IssuedAt > issued && r.State != UpdateState.Cancelled);
    }

    /// <summary>Writes new commands' records, with one wait for the disk; one that is known stays as it is.</summary>
    /// <returns>The records that are in the journal now, in the same order.</returns>
    /// <exception cref="IOException">The records could not be written: the journal is as before.</exception>
    public IReadOnlyList<UpdateRecord> Add(params IReadOnlyList<UpdateRecord> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        lock (_lock)
        {
            var added = records.Where(r => !_records.ContainsKey(r.Id)).DistinctBy(r => r.Id).ToList();
            _log.Append([.. added.Select(Line)]);
            foreach (var record in added) Keep(record);
            IReadOnlyList<UpdateRecord> now = [.. records.Select(r => _records[r.Id].Record)];
            if (_log.Length >= CompactBytes) Compact();
            return now;
        }
    }

    /// <summary>Marks an open update as withdrawn; false if there is nothing to mark.</summary>
    /// <exception cref="IOException">The record could not be written: the journal is as before.</exception>
    public bool Withdraw(string id)
    {
        lock (_lock)
        {
            if (Find(id) is not { IsOver: false, IsWithdrawn: false } record) return false;
            Write(record with { IsWithdrawn = true });
            return true;
        }
    }

    /// <summary>Writes a record; it is on disk when this returns. A withdrawal that came meanwhile stays.</summary>
    /// <returns>The record as it was written.</returns>
    /// <exception cref="IOException">The record could not be written: the journal is as before.</exception>
    public UpdateRecord Write(UpdateRecord record)
    {
        lock (_lock)
        {
            if (Find(record.Id) is { IsWithdrawn: true }) record = record with { IsWithdrawn = true };
            _log.Append(Line(record));
            Keep(record);
            if (_log.Length >= CompactBytes) Compact();
            return record;
        }
    }

    private void Compact()
    {
        foreach (var old in _records.Values.Where(r => r.Record.IsOver).OrderBy(r => r.Order).SkipLast(Remembered).ToList())
            _records.Remove(old.Record.Id);
        try
        {
            _log.Replace(_records.Values.OrderBy(r => r.Order).Select(r => Line(r.Record)));
        }
        catch (IOException)
        {
            // the disk has no room for a copy; the record itself is written, and the next write compacts again
        }
    }

    private static string Line(UpdateRecord record) => JsonSerializer.Serialize(record, UpdateJson.Default.UpdateRecord);

    private void Keep(UpdateRecord record) =>
        _records[record.Id] = (record, _records.TryGetValue(record.Id, out var old) ? old.Order : _order++);

    public void Dispose() => _log.Dispose();
}
