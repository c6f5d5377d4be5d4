using System.Globalization;
using EdgeAgent.Platform;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Telemetry;

/// <summary>What an hour, or several, came to.</summary>
internal sealed record BusinessReport(DateTimeOffset From, IReadOnlyDictionary<string, double> Counts)
{
    private double this[string name] => Counts.GetValueOrDefault(name);

    /// <summary>Queries that got an answer.</summary>
    public double Answers => Counts.Where(c => c.Key.StartsWith(BusinessView.Source, StringComparison.Ordinal)).Sum(c => c.Value);

    /// <summary>Queries that were refused, by reason.</summary>
    public IReadOnlyDictionary<string, double> Refusals =>
        Counts.Where(c => c.Key.StartsWith(BusinessView.Refused, StringComparison.Ordinal))
            .ToDictionary(c => c.Key[BusinessView.Refused.Length..], c => c.Value);

    /// <summary>Answers by where they came from: model, cache, curated, fallback.</summary>
    public IReadOnlyDictionary<string, double> Sources =>
        Counts.Where(c => c.Key.StartsWith(BusinessView.Source, StringComparison.Ordinal))
            .ToDictionary(c => c.Key[BusinessView.Source.Length..], c => c.Value);

    /// <summary>Share of answers that were written down already.</summary>
    public double? CacheShare =>
        Answers == 0 ? null : (this[BusinessView.Source + "cache"] + this[BusinessView.Source + "curated"]) / Answers;

    /// <summary>First response time, ms, within which a share of the answers began; the upper end of its bucket.</summary>
    public double? FirstResponse(double share)
    {
        var buckets = BusinessView.Buckets.Select(b => (b, Count: this[BusinessView.FirstWithin(b)])).ToList();
        var (total, sum) = (buckets.Sum(b => b.Count), 0.0);
        foreach (var (limit, count) in buckets)
            if (total > 0 && (sum += count) >= share * total) return limit;
        return null;
    }

    public double? ResolutionRate => Rate(this["resolved.yes"], this["resolved.yes"] + this["resolved.no"]);

    /// <summary>Mean rating, 1..5.</summary>
    public double? Satisfaction => Rate(this["rating.sum"], this["rating.count"]);

    private static double? Rate(double some, double all) => all == 0 ? null : some / all;
}

/// <summary>
/// The figures a plant manager asks for, by the hour and for thirty days, in a database of their own: first response times,
/// where answers came from, refusals, ratings. Counts and ratings only, never a text. Where the disk refuses, the figures
/// live in memory. Safe for concurrent use.
/// </summary>
internal sealed class BusinessView : IDisposable
{
    public const string Source = "source.", Refused = "refused.";
    private const string Release = "release.";
    private const int KeptDays = 30, MaxRatings = 10_000, MaxRemembered = 10_000;
    private static readonly TimeSpan FlushEvery = TimeSpan.FromMinutes(1);

    /// <summary>Upper ends of first response times, ms.</summary>
    public static readonly IReadOnlyList<double> Buckets = [10, 20, 50, 100, 200, 350, 500, 750, 1000, 1500, 2000, 3000, 5000, 10_000,
        30_000, 3_600_000];

    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly SqliteConnection? _connection;
    private readonly ITimer _timer;
    private readonly Dictionary<(long Hour, string Name), double> _pending = [];
    private readonly Dictionary<string, long> _releases = new(StringComparer.Ordinal); // of the latest answers, by id
    private readonly Queue<string> _latest = new();

    /// <param name="path">Null keeps the figures in memory.</param>
    public BusinessView(string? path, TimeProvider clock)
    {
        _clock = clock;
        const string schema = """
            CREATE TABLE IF NOT EXISTS hours (hour INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (hour, name)) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS feedback (at INTEGER NOT NULL, answer_id TEXT NOT NULL, rating INTEGER NOT NULL, resolved INTEGER);
            """;
        if (path is not null) (_connection, QuarantinedPath) = SqliteFile.Open(path, schema, clock);
        _timer = clock.CreateTimer(_ => Flush(), null, FlushEvery, FlushEvery);
    }

    /// <summary>Where a damaged database was put; null where all is well.</summary>
    public string? QuarantinedPath { get; }

    public static string FirstWithin(double bucket) => string.Create(CultureInfo.InvariantCulture, $"first.{bucket}");

    /// <param name="source">model, cache, curated or fallback.</param>
    /// <param name="firstMilliseconds">From the message to the first piece of its answer.</param>
    public void Answered(string source, double firstMilliseconds)
    {
        Count(Source + source, 1);
        Count(FirstWithin(Buckets.First(b => firstMilliseconds <= b || b == Buckets[^1])), 1);
    }

    /// <summary>Takes note which release of the student gave an answer, so that ratings count for it.</summary>
    public void AnsweredBy(string answerId, long release)
    {
        Count(Named(release, "answers"), 1);
        lock (_lock)
        {
            _releases[answerId] = release;
            _latest.Enqueue(answerId);
            if (_latest.Count > MaxRemembered) _releases.Remove(_latest.Dequeue());
        }
    }

    private static string Named(long release, string figure) => string.Create(CultureInfo.InvariantCulture, $"{Release}{release}.{figure}");

    /// <param name="code">An error code of the query contract.</param>
    public void Refusal(string code) => Count(Refused + code, 1);

    /// <summary>Takes a rating of an answer.</summary>
    public void Feedback(string answerId, int rating, bool? isResolved)
    {
        Count("rating.count", 1);
        Count("rating.sum", rating);
        if (isResolved is { } resolved) Count(resolved ? "resolved.yes" : "resolved.no", 1);
        lock (_lock)
        {
            if (_releases.TryGetValue(answerId, out var release))
            {
                Count(Named(release, "ratings"), 1);
                Count(Named(release, "rating_sum"), rating);
                if (isResolved is { } isOver) Count(Named(release, isOver ? "resolved" : "unresolved"), 1);
            }
            if (_connection is null) return;
            try
            {
                using var command = _connection.CreateCommand();
                command.CommandText =
                    "INSERT INTO feedback (at, answer_id, rating, resolved) VALUES ($at, $id, $rating, $resolved); DELETE FROM feedback " +
                    "WHERE rowid <= (SELECT MAX(rowid) FROM feedback) - $most";
                command.Parameters.AddWithValue("$at", _clock.GetUtcNow().ToUnixTimeSeconds());
                command.Parameters.AddWithValue("$id", answerId);
                command.Parameters.AddWithValue("$rating", rating);
                command.Parameters.AddWithValue("$resolved", isResolved is { } r ? r ? 1 : 0 : DBNull.Value);
                command.Parameters.AddWithValue("$most", MaxRatings);
                command.ExecuteNonQuery();
            }
            catch (SqliteException)
            {
                // the counts stay
            }
        }
    }

    private void Count(string name, double by)
    {
        lock (_lock)
        {
            var key = (Hour(_clock.GetUtcNow()), name);
            _pending[key] = _pending.GetValueOrDefault(key) + by;
        }
    }

    private static long Hour(DateTimeOffset time) => time.ToUnixTimeSeconds() / 3600;

    /// <summary>Writes what is counted; also drops what is older than thirty days.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            var oldest = Hour(_clock.GetUtcNow()) - KeptDays * 24;
            if (_connection is null)
            {
                foreach (var key in _pending.Keys.Where(k => k.Hour < oldest).ToList()) _pending.Remove(key);
                return;
            }
            try
            {
                using var transaction = _connection.BeginTransaction();
                using var command = _connection.CreateCommand();
                command.CommandText =
                    "INSERT INTO hours (hour, name, value) VALUES ($hour, $name, $value) ON CONFLICT(hour, name) DO UPDATE SET value = " +
                    "value + $value";
                foreach (var ((hour, name), value) in _pending)
                {
                    command.Parameters.Clear();
                    command.Parameters.AddWithValue("$hour", hour);
                    command.Parameters.AddWithValue("$name", name);
                    command.Parameters.AddWithValue("$value", value);
                    command.ExecuteNonQuery();
                }
                command.Parameters.Clear();
                command.CommandText = "DELETE FROM hours WHERE hour < $oldest; DELETE FROM feedback WHERE at < $oldest * 3600";
                command.Parameters.AddWithValue("$oldest", oldest);
                command.ExecuteNonQuery();
                transaction.Commit();
                _pending.Clear();
            }
            catch (SqliteException)
            {
                // the next flush tries again
            }
        }
    }

    /// <summary>The last hours together.</summary>
    public BusinessReport Last(int hours) => Sum(Hours(hours), hours);

    /// <summary>The last hours one by one, oldest first; those without any count are left out.</summary>
    public IReadOnlyList<BusinessReport> Hours(int hours) => Hours(hours, "");

    private IReadOnlyList<BusinessReport> Hours(int hours, string prefix)
    {
        lock (_lock)
        {
            var first = Hour(_clock.GetUtcNow()) - hours + 1;
            var counts = new SortedDictionary<long, Dictionary<string, double>>();
            void Add(long hour, string name, double value)
            {
                if (hour < first || !name.StartsWith(prefix, StringComparison.Ordinal)) return;
                if (!counts.TryGetValue(hour, out var of)) counts[hour] = of = new Dictionary<string, double>(StringComparer.Ordinal);
                of[name] = of.GetValueOrDefault(name) + value;
            }
            foreach (var ((hour, name), value) in _pending) Add(hour, name, value);
            if (_connection is not null)
            {
                using var command = _connection.CreateCommand();
                command.CommandText = "SELECT hour, name, value FROM hours WHERE hour >= $first AND name LIKE $names";
                command.Parameters.AddWithValue("$names", prefix + "%");
                command.Parameters.AddWithValue("$first", first);
                using var reader = command.ExecuteReader();
                while (reader.Read()) Add(reader.GetInt64(0), reader.GetString(1), reader.GetDouble(2));
            }
            return [.. counts.Select(c => new BusinessReport(DateTimeOffset.FromUnixTimeSeconds(c.Key * 3600), c.Value))];
        }
    }

    /// <summary>The kept days by the student's release, the newest first.</summary>
    public IReadOnlyList<ReleaseFigures> Releases() =>
    [
        .. Sum(Hours(KeptDays * 24, Release), KeptDays * 24).Counts.Select(c => (Parts: c.Key.Split('.'), c.Value))
            .GroupBy(c => long.Parse(c.Parts[1], CultureInfo.InvariantCulture), c => (Name: c.Parts[2], c.Value))
                .OrderByDescending(g => g.Key)
            .Select(g =>
            {
                double Of(string name) => g.Where(c => c.Name == name).Sum(c => c.Value);
                return new ReleaseFigures(g.Key, Of("answers"), Of("ratings"), Of("rating_sum"), Of("resolved"), Of("unresolved"));
            }),
    ];

    private BusinessReport Sum(IReadOnlyList<BusinessReport> reports, int hours) =>
        new(DateTimeOffset.FromUnixTimeSeconds((Hour(_clock.GetUtcNow()) - hours + 1) * 3600),
            reports.SelectMany(r => r.Counts).GroupBy(c => c.Key).ToDictionary(g => g.Key, g => g.Sum(c => c.Value)));

    public void Dispose()
    {
        _timer.Dispose();
        Flush();
        _connection?.Dispose();
    }
}
