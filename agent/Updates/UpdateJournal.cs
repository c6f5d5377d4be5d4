using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Updates;

/// <summary>
/// The truth about updates: an append-only log of records, the last one of each command counts. Topics are a view of it.
/// Remembers the newest <see cref="Remembered"/> commands, so that one that is delivered again is known. Safe for concurrent use.
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

    /// <summary>All that are remembered, the oldest command first.</summary>
    public IReadOnlyList<UpdateRecord> All
    {
        get { lock (_lock) return [.. _records.Values.OrderBy(r => r.Order).Select(r => r.Record)]; }
    }

    /// <summary>Updates that have not ended, the oldest first.</summary>
    public IReadOnlyList<UpdateRecord> Open => [.. All.Where(r => !r.IsOver)];

    /// <summary>Writes a record down; it is on disk when this returns.</summary>
    public void Write(UpdateRecord record)
    {
        lock (_lock)
        {
            _log.Append(JsonSerializer.Serialize(record, UpdateJson.Default.UpdateRecord));
            Keep(record);
            if (_log.Length < CompactBytes) return;
            foreach (var old in _records.Values.Where(r => r.Record.IsOver).OrderBy(r => r.Order).SkipLast(Remembered).ToList())
                _records.Remove(old.Record.Id);
            _log.Replace(_records.Values.OrderBy(r => r.Order)
                .Select(r => JsonSerializer.Serialize(r.Record, UpdateJson.Default.UpdateRecord)));
        }
    }

    private void Keep(UpdateRecord record) =>
        _records[record.Id] = (record, _records.TryGetValue(record.Id, out var old) ? old.Order : _order++);

    public void Dispose() => _log.Dispose();
}
