using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Mqtt;

/// <summary>
/// Keeps what waits for the broker over a restart. Nobody waits for the disk: a timer's thread writes what has waited for
/// <see cref="Grace"/>, or everything at once while there is no connection, in one transaction; what is sent sooner is never written.
/// Rows of messages that were sent are deleted at once. Where the disk refuses, the messages wait in memory alone, and it is tried again.
/// </summary>
internal sealed partial class OutboxStore : IOutboxStore, IDisposable
{
    /// <summary>How long a message may be under way before it is written.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Time between two attempts on a disk that refuses.</summary>
    public static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new(); // over memory
    private readonly Lock _disk = new(); // over the table; taken before the other
    private readonly OutboxTable _table;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly SortedDictionary<long, (OutboundMessage Message, long Since)> _added = [];
    private readonly HashSet<long> _removed = [];
    private HashSet<long> _writing = [];
    private TimeSpan? _due;
    private bool _isConnected, _isDisposed;
    private string? _problem;

    private OutboxStore(OutboxTable table, TimeProvider clock, ILogger logger)
    {
        (_table, _clock, _logger) = (table, clock, logger);
        _timer = clock.CreateTimer(_ => Elapsed(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (table.QuarantinedPath is { } path) Quarantined(logger, path);
    }

    /// <param name="path">The database; its folder is created.</param>
    public static OutboxStore Open(string path, TimeProvider clock, ILogger logger) => new(OutboxTable.Open(path, clock), clock, logger);

    /// <summary>Why messages wait in memory alone at present; null where all is well.</summary>
    public string? Problem
    {
        get
        {
            lock (_lock) return _problem;
        }
    }

    /// <summary>Transactions so far: none while messages leave as they come.</summary>
    public long Writes { get; private set; }

    /// <summary>Whether messages leave as they come. Without a connection they are written at once.</summary>
    public bool IsConnected
    {
        get
        {
            lock (_lock) return _isConnected;
        }
        set
        {
            lock (_lock) _isConnected = value;
            Arm();
        }
    }

    public IReadOnlyList<(long Number, OutboundMessage Message)> Load()
    {
        lock (_disk)
        {
            try
            {
                return _table.Read();
            }
            catch (Exception e) when (e is SqliteException or InvalidCastException or InvalidOperationException)
            {
                Failed(e.Message);
                return [];
            }
        }
    }

    public void Add(long number, OutboundMessage message)
    {
        lock (_lock) _added[number] = (message, _clock.GetTimestamp());
        Arm();
    }

    public void Remove(long number)
    {
        lock (_lock)
        {
            // what no thread has begun to write never needs to be
            if (!_added.Remove(number) || _writing.Contains(number)) _removed.Add(number);
        }
        Arm();
    }

    /// <summary>Sets the timer to when something is to be written, unless it is set to go off before.</summary>
    private void Arm()
    {
        TimeSpan due;
        lock (_lock)
        {
            if (_isDisposed || _added.Count + _removed.Count == 0) return;
            due = _problem is not null ? RetryInterval : _removed.Count > 0 ? TimeSpan.Zero : Remaining(_added.First().Value.Since);
            if (_due <= due) return;
            _due = due;
        }
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void Elapsed()
    {
        lock (_lock) _due = null;
        Write(message => Remaining(message.Since) == TimeSpan.Zero);
        Arm();
    }

    /// <summary>How much longer a message may be under way before it is written.</summary>
    private TimeSpan Remaining(long since)
    {
        var passed = _clock.GetElapsedTime(since);
        return _isConnected && passed < Grace ? Grace - passed : TimeSpan.Zero;
    }

    /// <summary>Writes what is due. Returns when it is on the disk, or the disk refuses.</summary>
    private void Write(Func<(OutboundMessage Message, long Since), bool> isDue)
    {
        lock (_disk)
        {
            List<KeyValuePair<long, OutboundMessage>> added;
            List<long> removed;
            lock (_lock)
            {
                if (_isDisposed) return;
                added = [.. _added.Where(a => isDue(a.Value)).Select(a => KeyValuePair.Create(a.Key, a.Value.Message))];
                removed = [.. _removed];
                _writing = [.. added.Select(a => a.Key)];
                if (added.Count + removed.Count == 0) return;
            }
            string? problem = null;
            try
            {
                _table.Write(added, removed);
                Writes++;
            }
            catch (Exception e) when (e is not OutOfMemoryException) // a timer's edge: nothing may end the process
            {
                problem = e.Message;
            }
            lock (_lock)
            {
                _writing = [];
                if (problem is null)
                {
                    foreach (var (number, _) in added) _added.Remove(number);
                    _removed.ExceptWith(removed);
                }
            }
            Failed(problem);
        }
    }

    /// <summary>Says once that the disk refuses, and once that it does not any more.</summary>
    private void Failed(string? problem)
    {
        string? before;
        lock (_lock) (before, _problem) = (_problem, problem);
        if (problem is not null && before is null) NotWritten(_logger, problem);
        if (problem is null && before is not null) WrittenAgain(_logger);
    }

    /// <summary>Writes what waits, and closes the database.</summary>
    public void Dispose()
    {
        Write(_ => true);
        lock (_disk)
        {
            lock (_lock)
            {
                if (_isDisposed) return;
                _isDisposed = true;
            }
            _timer.Dispose();
            _table.Dispose();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "What waits for the broker cannot be written and would not survive a restart: {Problem}. It is tried again")]
    private static partial void NotWritten(ILogger logger, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "What waits for the broker is written to the disk again")]
    private static partial void WrittenAgain(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database of the outbox was damaged and is set aside as '{Path}'")]
    private static partial void Quarantined(ILogger logger, string path);
}
