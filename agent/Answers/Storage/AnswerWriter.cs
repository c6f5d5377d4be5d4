using System.Threading.Channels;
using EdgeAgent.Answers.Learning;
using EdgeAgent.Answers.Matching;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Answers.Storage;

/// <summary>
/// The one writer of the answers: holds the store, writes what was learned, takes over what another process wrote, and builds the
/// next snapshot of the curated answers while questions read the current one. Its lock is held over the disk; no question takes it.
/// </summary>
internal sealed class AnswerWriter : IAsyncDisposable
{
    /// <summary>How often changes by another process are looked for, and changes that could not be written are tried again.</summary>
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan MaxPause = TimeSpan.FromMilliseconds(100);

    private readonly IAnswerStore _store;
    private readonly LearnedAnswers _learned;
    private readonly Func<IEnumerable<AnswerEntry>, CuratedAnswers?, CuratedAnswers> _build;
    private readonly TimeProvider _clock;
    private readonly Lock _writing = new();
    private readonly Channel<bool> _wake =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ITimer _timer;
    private readonly Task _loop;
    private long _version, _builtAt;
    private TimeSpan _lastBuild;
    private readonly ManualResetEventSlim _never = new();
    private volatile CuratedAnswers _curated;

    /// <param name="build">Builds a snapshot of curated entries; where there is one before it, what has not changed is taken from
    /// it.</param>
    public AnswerWriter(IAnswerStore store, LearnedAnswers learned, Func<IEnumerable<AnswerEntry>, CuratedAnswers?, CuratedAnswers> build,
        TimeProvider clock)
    {
        (_store, _learned, _build, _clock) = (store, learned, build, clock);
        _curated = Read();
        _timer = clock.CreateTimer(_ => Wake(), null, RefreshInterval, RefreshInterval);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>The snapshot that questions read.</summary>
    public CuratedAnswers Curated => _curated;

    /// <summary>Has changes written soon. Never waits.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Writes corrections in one transaction; on return they are durable and served.</summary>
    /// <exception cref="SqliteException">The disk refuses; nothing has changed.</exception>
    public void Correct(IReadOnlyCollection<AnswerEntry> corrections)
    {
        lock (_writing)
        {
            Pace();
            var now = _clock.GetUtcNow();
            _store.Put(corrections, now);
            var entries = _curated.Entries.ToDictionary(e => e.Id, StringComparer.Ordinal);
            foreach (var correction in corrections) entries[correction.Id] = correction with { CreatedAt = correction.CreatedAt ?? now };
            _curated = Build(entries.Values, _curated);
            _learned.Drop(e => entries.ContainsKey(e.Id)); // a correction may have the id of the answer it corrects
        }
    }

    /// <summary>
    /// Deletes the entries that fit; returns how many. Learned ones are gone from memory at once, curated ones with the disk; on
    /// return all are gone from both.
    /// </summary>
    /// <exception cref="SqliteException">The disk refuses; what was dropped from memory is deleted later.</exception>
    public int Purge(PurgeFilter filter)
    {
        var dropped = _learned.Drop(filter.Fits);
        lock (_writing)
        {
            Pace();
            Flush();
            var deleted = _store.Purge(filter);
            _learned.Drop(filter.Fits); // what was learned meanwhile
            if (_curated.Entries.Any(filter.Fits)) _curated = Build(_curated.Entries.Where(e => !filter.Fits(e)), _curated);
            return dropped.Count + deleted;
        }
    }

    private async Task RunAsync()
    {
        while (await _wake.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            _wake.Reader.TryRead(out _);
            lock (_writing)
                try
                {
                    Flush();
                    if (_store.Version != _version) _curated = Read();
                }
                catch (Exception e) when (e is not OutOfMemoryException) // the loop's edge
                {
                    // a full or busy disk: memory stays as it is, and the next tick tries again
                }
        }
    }

    /// <summary>
    /// Reads everything that is stored. What was learned must be written before, so that nothing read is older than what memory knows.
    /// </summary>
    private CuratedAnswers Read()
    {
        _version = _store.Version;
        var all = _store.All();
        _learned.KeepOnly(all.Where(e => e.Source == AnswerEntry.Learned).Select(e => e.Id).ToHashSet(StringComparer.Ordinal));
        return Build(all.Where(e => e.Source == AnswerEntry.Curated), null);
    }

    private CuratedAnswers Build(IEnumerable<AnswerEntry> entries, CuratedAnswers? previous)
    {
        var begin = _clock.GetTimestamp();
        var built = _build(entries, previous);
        (_lastBuild, _builtAt) = (_clock.GetElapsedTime(begin), _clock.GetTimestamp());
        return built;
    }

    /// <summary>
    /// Lets twice the time of the last build pass before the next one, at most a tenth of a second: a stream of corrections leaves the
    /// processor and the garbage collector to questions most of the time.
    /// </summary>
    private void Pace()
    {
        var rest = 2 * _lastBuild - _clock.GetElapsedTime(_builtAt);
        if (rest > MaxPause) rest = MaxPause;
        if (rest > TimeSpan.Zero) _never.Wait(rest);
    }

    private void Flush()
    {
        var changes = _learned.TakeChanges();
        if (changes.IsEmpty) return;
        try
        {
            _store.Apply(changes, _clock.GetUtcNow());
        }
        catch (SqliteException)
        {
            _learned.ReturnChanges(changes);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _wake.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
        lock (_writing)
            try
            {
                Flush();
            }
            catch (SqliteException)
            {
                // the disk refuses to the end: what was learned last is learned again
            }
            finally
            {
                _never.Dispose();
                _store.Dispose();
            }
    }
}
