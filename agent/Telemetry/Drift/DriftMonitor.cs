using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace EdgeAgent.Telemetry.Drift;

/// <summary>What is taken from one question and its reply: counts and shares, never a text.</summary>
/// <param name="Words">The words of the desensitized question; only their hashes are kept, and those of the reference window alone.</param>
/// <param name="IsRefused">The reply was an error.</param>
/// <param name="IsStored">The answer was a stored one.</param>
internal readonly record struct DriftSample(IReadOnlyList<string> Words, bool IsRefused, bool IsStored);

/// <summary>A statistic that has moved away from the reference window.</summary>
/// <param name="Statistic">Its name.</param>
/// <param name="Reference">Its mean in the reference window.</param>
/// <param name="Now">Its mean in the last block.</param>
/// <param name="At">When it was found.</param>
internal sealed record DriftAlarm(string Statistic, double Reference, double Now, DateTimeOffset At);

/// <summary>
/// Compares what is asked, and what becomes of it, with a frozen reference window: the words of the first questions, then the statistics
/// of the next ones. One <see cref="CusumChart"/> a statistic. Safe for concurrent use.
/// </summary>
internal sealed class DriftMonitor
{
    /// <summary>Questions whose words are taken, then questions whose statistics are, before drift is looked for.</summary>
    public const int WordQuestions = 600, StatisticQuestions = 1500;

    /// <summary>Hashes of words kept; later words of the window count as unknown. Alarms kept; the oldest is dropped.</summary>
    public const int MaxWords = 20_000, MaxAlarms = 20;

    public const string Length = "question_words", Unknown = "unknown_words", Refused = "refusals", Stored = "stored_answers",
        Rating = "rating";

    /// <summary>
    /// Least standard deviation of a block mean that is assumed, by statistic: a window in which nothing was refused says little about
    /// how rare refusals are. Words; shares; points.
    /// </summary>
    private static readonly Dictionary<string, double> LeastDeviation = new(StringComparer.Ordinal)
    {
        [Length] = 0.3,
        [Unknown] = 0.02,
        [Refused] = 0.03,
        [Stored] = 0.03,
        [Rating] = 0.1,
    };

    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly ulong _seed;
    private readonly HashSet<uint> _words = [];
    private readonly Dictionary<string, (DriftBlock Block, List<double> Means)> _statistics;
    private readonly Queue<DriftAlarm> _alarms = new();
    private Dictionary<string, CusumChart>? _charts;
    private int _questions;

    /// <param name="reference">The window of an earlier run; null takes a new one.</param>
    /// <param name="seed">Of the hashes of a new window.</param>
    public DriftMonitor(DriftReference? reference, ulong seed, TimeProvider clock)
    {
        (_clock, _seed) = (clock, reference?.Seed ?? seed);
        _statistics = LeastDeviation.Keys.ToDictionary(n => n, _ => (new DriftBlock(), new List<double>()), StringComparer.Ordinal);
        if (reference is null) return;
        _words.UnionWith(reference.Words);
        _charts = reference.Statistics.ToDictionary(s => s.Key, s => new CusumChart(s.Value), StringComparer.Ordinal);
    }

    /// <summary>Called once, when the window is complete, under no lock of a caller; saves it.</summary>
    public Action<DriftReference>? Frozen { get; init; }

    /// <summary>Called for each alarm, under no lock of this.</summary>
    public Action<DriftAlarm>? Raised { get; init; }

    /// <summary>Share of the reference window that has been taken, 0..1; 1: drift is looked for.</summary>
    public double Progress
    {
        get { lock (_lock) return _charts is not null ? 1 : (double)_questions / (WordQuestions + StatisticQuestions); }
    }

    /// <summary>The latest alarms, the oldest first.</summary>
    public IReadOnlyList<DriftAlarm> Alarms
    {
        get { lock (_lock) return [.. _alarms]; }
    }

    public void Add(DriftSample sample)
    {
        DriftReference? frozen = null;
        var raised = new List<DriftAlarm>();
        lock (_lock)
        {
            var hashes = sample.Words.Select(Hash).ToList();
            if (_charts is null && _questions++ < WordQuestions)
            {
                foreach (var hash in hashes)
                    if (_words.Count < MaxWords) _words.Add(hash);
                return;
            }
            Take(Length, hashes.Count, raised);
            if (hashes.Count > 0) Take(Unknown, (double)hashes.Count(h => !_words.Contains(h)) / hashes.Count, raised);
            Take(Refused, sample.IsRefused ? 1 : 0, raised);
            if (!sample.IsRefused) Take(Stored, sample.IsStored ? 1 : 0, raised);
            if (_charts is null && _questions >= WordQuestions + StatisticQuestions) frozen = Freeze();
        }
        if (frozen is not null) Frozen?.Invoke(frozen);
        raised.ForEach(a => Raised?.Invoke(a));
    }

    /// <param name="stars">1..5.</param>
    public void AddRating(int stars)
    {
        var raised = new List<DriftAlarm>();
        lock (_lock)
            if (_charts is not null || _questions >= WordQuestions) Take(Rating, stars, raised);
        raised.ForEach(a => Raised?.Invoke(a));
    }

    private void Take(string statistic, double value, List<DriftAlarm> raised)
    {
        var (block, means) = _statistics[statistic];
        if (block.Add(value) is not { } mean) return;
        if (_charts is null)
        {
            means.Add(mean);
            return;
        }
        if (!_charts.TryGetValue(statistic, out var chart) || chart.Add(mean) == 0) return; // too few ratings in the window: no chart
        raised.Add(new DriftAlarm(statistic, chart.Baseline.Mean, mean, _clock.GetUtcNow()));
        _alarms.Enqueue(raised[^1]);
        if (_alarms.Count > MaxAlarms) _alarms.Dequeue();
    }

    private DriftReference Freeze()
    {
        var baselines = _statistics.Where(s => s.Value.Means.Count >= MinBlocks)
            .ToDictionary(s => s.Key, s => Baseline(s.Value.Means, LeastDeviation[s.Key]), StringComparer.Ordinal);
        _charts = baselines.ToDictionary(b => b.Key, b => new CusumChart(b.Value), StringComparer.Ordinal);
        return new DriftReference(_seed, [.. _words.Order()], baselines);
    }

    /// <summary>Blocks without which nothing is said of a statistic.</summary>
    private const int MinBlocks = 8;

    private static DriftBaseline Baseline(List<double> means, double least)
    {
        var mean = means.Average();
        var variance = means.Sum(m => (m - mean) * (m - mean)) / (means.Count - 1);
        // few blocks tell the mean and its spread badly: the fewer there are, the more is forgiven
        return new DriftBaseline(mean, Math.Max(least, Math.Sqrt(variance) * (1 + 1.5 / Math.Sqrt(means.Count - 1))));
    }

    private uint Hash(string word) => (uint)XxHash64.HashToUInt64(MemoryMarshal.AsBytes(word.AsSpan()), (long)_seed);
}
