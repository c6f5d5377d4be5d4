using System.Globalization;

namespace EdgeAgent.Telemetry;

/// <summary>
/// The figures a plant manager asks for, by the hour and for thirty days: first response times, where answers came from, refusals,
/// ratings. Counts and ratings only, never a text. Counting works on memory and never waits for the disk, which follows within a
/// minute, and at once for ratings; where the disk refuses, the figures live in memory. Safe for concurrent use.
/// </summary>
internal sealed class BusinessView : IDisposable
{
    /// <summary>Days that figures are kept; answers remembered, so that a rating counts for the release that gave them.</summary>
    private const int KeptDays = 30, MaxRemembered = 10_000;

    private static readonly TimeSpan FlushInterval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new(); // over memory
    private readonly Lock _disk = new(); // over the store; taken before the other, never by who counts
    private readonly TimeProvider _clock;
    private readonly IBusinessStore? _store;
    private readonly ITimer _timer;
    private BusinessCounts _pending = new();
    private TaskCompletionSource? _rated; // ends when the pending ratings are stored; null where there are none
    private readonly Dictionary<string, long> _releases = new(StringComparer.Ordinal); // of the latest answers, by id
    private readonly Queue<string> _latest = new();

    /// <param name="path">The database; null keeps the figures in memory.</param>
    public BusinessView(string? path, TimeProvider clock) : this(clock, path is null ? null : new BusinessStore(path, clock))
    {
    }

    /// <param name="store">Disposed with the view; null keeps the figures in memory.</param>
    internal BusinessView(TimeProvider clock, IBusinessStore? store)
    {
        (_store, _clock) = (store, clock);
        _timer = clock.CreateTimer(_ => FlushUnlessBusy(), null, FlushInterval, FlushInterval);
    }

    /// <summary>Where a damaged database was moved; null where none was.</summary>
    public string? QuarantinedPath => _store?.QuarantinedPath;

    /// <summary>Why the figures are kept in memory alone at present; null where all is well.</summary>
    public string? Problem => _store?.Problem;

    /// <param name="source">model, cache, curated or fallback.</param>
    /// <param name="firstMilliseconds">From the message to the first piece of its answer.</param>
    public void Answered(string source, double firstMilliseconds)
    {
        var bucket = BusinessCounts.Buckets.First(b => firstMilliseconds <= b || b == BusinessCounts.Buckets[^1]);
        lock (_lock)
        {
            Count(BusinessCounts.Source + source, 1);
            Count(BusinessCounts.FirstWithin(bucket), 1);
        }
    }

    /// <summary>Counts what an answer cost.</summary>
    /// <param name="level">Thermal level, L0 to L4.</param>
    /// <param name="joules">Null where the energy is not measured.</param>
    public void Spent(string level, long tokensIn, long tokensOut, double? joules)
    {
        lock (_lock)
        {
            Count(BusinessCounts.Level + level, 1);
            Count(BusinessCounts.TokensIn, tokensIn);
            Count(BusinessCounts.TokensOut, tokensOut);
            if (joules is not { } energy) return;
            Count(BusinessCounts.Joules, energy);
            Count(BusinessCounts.WithJoules, 1);
        }
    }

    /// <summary>Counts an alarm of drift.</summary>
    public void Drifted(string statistic)
    {
        lock (_lock) Count(BusinessCounts.Drift + statistic, 1);
    }

    /// <summary>Counts an answer for the release of the student that gave it, and remembers it for ratings.</summary>
    public void AnsweredBy(string answerId, long release)
    {
        lock (_lock)
        {
            Count(BusinessCounts.Of(release, "answers"), 1);
            _releases[answerId] = release;
            _latest.Enqueue(answerId);
            if (_latest.Count > MaxRemembered) _releases.Remove(_latest.Dequeue());
        }
    }

    /// <param name="code">An error code of the query contract.</param>
    public void Refusal(string code)
    {
        lock (_lock) Count(BusinessCounts.Refused + code, 1);
    }

    /// <summary>
    /// Counts a rating, 1..5, of an answer. The task ends when it is stored, or the disk has refused it: then it lives in memory.
    /// </summary>
    public Task Feedback(string answerId, int rating, bool? isResolved)
    {
        lock (_lock)
        {
            Rate(answerId, rating, isResolved);
            if (_store is null) return Task.CompletedTask;
            if (_rated is not null) return _rated.Task;
            _rated = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _ = Task.Run(FlushRatings);
            return _rated.Task;
        }
    }

    /// <summary>Stores what came while the disk was busy, all at once. One call waits for the disk at a time.</summary>
    private void FlushRatings()
    {
        lock (_disk)
        {
            lock (_lock)
                if (_rated is null) return; // stored by another flush
            Flush();
        }
    }

    private void Rate(string answerId, int rating, bool? isResolved)
    {
        _pending.Add(new Rating(_clock.GetUtcNow().ToUnixTimeSeconds(), answerId, rating, isResolved));
        Count("rating.count", 1);
        Count("rating.sum", rating);
        if (isResolved is { } resolved) Count(resolved ? "resolved.yes" : "resolved.no", 1);
        if (!_releases.TryGetValue(answerId, out var release)) return;
        Count(BusinessCounts.Of(release, "ratings"), 1);
        Count(BusinessCounts.Of(release, "rating_sum"), rating);
        if (isResolved is { } isOver) Count(BusinessCounts.Of(release, isOver ? "resolved" : "unresolved"), 1);
    }

    /// <summary>Stores what was counted; also drops what is older than thirty days.</summary>
    public void Flush()
    {
        var oldest = Hour(_clock.GetUtcNow()) - KeptDays * 24;
        lock (_disk)
        {
            BusinessCounts counts;
            TaskCompletionSource? rated;
            lock (_lock)
            {
                if (_store is null)
                {
                    _pending.DropBefore(oldest);
                    return;
                }
                (counts, _pending) = (_pending, new BusinessCounts());
                (rated, _rated) = (_rated, null);
            }
            try
            {
                _store.Add(counts, oldest);
            }
            catch (Exception e) when (e is not OutOfMemoryException) // a timer's edge
            {
                // the next flush tries again
                lock (_lock)
                {
                    _pending = _pending.After(counts);
                    _rated?.TrySetResult();
                    _rated = null;
                }
            }
            rated?.TrySetResult();
        }
    }

    /// <summary>Does nothing while the disk is still busy with the flush before, so that no threads pile up behind it.</summary>
    private void FlushUnlessBusy()
    {
        if (!_disk.TryEnter()) return;
        try
        {
            Flush();
        }
        finally
        {
            _disk.Exit();
        }
    }

    /// <summary>The last hours together. Waits for the disk.</summary>
    public BusinessReport Last(int hours) => Sum(Hours(hours), hours);

    /// <summary>The last hours one by one, oldest first; those without any count are left out. Waits for the disk.</summary>
    public IReadOnlyList<BusinessReport> Hours(int hours) => Hours(hours, "");

    /// <summary>The kept days by the student's release, the newest first. Waits for the disk.</summary>
    public IReadOnlyList<ReleaseFigures> Releases() =>
    [
        .. Sum(Hours(KeptDays * 24, BusinessCounts.Release), KeptDays * 24).Counts.Select(c => (Parts: c.Key.Split('.'), c.Value))
            .GroupBy(c => long.Parse(c.Parts[1], CultureInfo.InvariantCulture), c => (Name: c.Parts[2], c.Value))
            .OrderByDescending(g => g.Key)
            .Select(g =>
            {
                double Of(string name) => g.Where(c => c.Name == name).Sum(c => c.Value);
                return new ReleaseFigures(g.Key, Of("answers"), Of("ratings"), Of("rating_sum"), Of("resolved"), Of("unresolved"));
            }),
    ];

    private void Count(string name, double by) => _pending.Add(Hour(_clock.GetUtcNow()), name, by);

    private static long Hour(DateTimeOffset time) => time.ToUnixTimeSeconds() / 3600;

    private IReadOnlyList<BusinessReport> Hours(int hours, string prefix)
    {
        var first = Hour(_clock.GetUtcNow()) - hours + 1;
        var counts = new SortedDictionary<long, Dictionary<string, double>>();
        void Add(long hour, string name, double value)
        {
            if (hour < first || !name.StartsWith(prefix, StringComparison.Ordinal)) return;
            if (!counts.TryGetValue(hour, out var of)) counts[hour] = of = new Dictionary<string, double>(StringComparer.Ordinal);
            of[name] = of.GetValueOrDefault(name) + value;
        }
        lock (_disk)
        {
            lock (_lock)
                foreach (var ((hour, name), value) in _pending.Counts) Add(hour, name, value);
            if (_store is not null)
                foreach (var (hour, name, value) in _store.Read(first, prefix)) Add(hour, name, value);
        }
        return [.. counts.Select(c => new BusinessReport(DateTimeOffset.FromUnixTimeSeconds(c.Key * 3600), c.Value))];
    }

    private BusinessReport Sum(IReadOnlyList<BusinessReport> reports, int hours) =>
        new(DateTimeOffset.FromUnixTimeSeconds((Hour(_clock.GetUtcNow()) - hours + 1) * 3600),
            reports.SelectMany(r => r.Counts).GroupBy(c => c.Key).ToDictionary(g => g.Key, g => g.Sum(c => c.Value)));

    public void Dispose()
    {
        _timer.Dispose();
        Flush();
        _store?.Dispose();
    }
}
