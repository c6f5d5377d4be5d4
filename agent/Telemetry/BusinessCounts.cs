using System.Globalization;

namespace EdgeAgent.Telemetry;

/// <summary>A rating of an answer.</summary>
/// <param name="At">Unix time, s.</param>
/// <param name="Stars">1..5.</param>
internal sealed record Rating(long At, string AnswerId, int Stars, bool? IsResolved);

/// <summary>Counts by hour and name, and ratings, that are not yet stored. Not safe for concurrent use.</summary>
internal sealed class BusinessCounts
{
    /// <summary>
    /// Prefixes of names: answers by source, refusals by reason, figures by the student's release, answers by thermal level, alarms of
    /// drift.
    /// </summary>
    public const string Source = "source.", Refused = "refused.", Release = "release.", Level = "level.", Drift = "drift.";

    /// <summary>Names of sums: tokens read and written, energy, and the answers whose energy is known.</summary>
    public const string TokensIn = "tokens.in", TokensOut = "tokens.out", Joules = "joules.sum", WithJoules = "joules.count";

    /// <summary>Ratings kept; the oldest is dropped.</summary>
    public const int MaxRatings = 10_000;

    /// <summary>Upper ends of the buckets of first response times, ms.</summary>
    public static readonly IReadOnlyList<double> Buckets = [10, 20, 50, 100, 200, 350, 500, 750, 1000, 1500, 2000, 3000, 5000, 10_000,
        30_000, 3_600_000];

    private readonly Dictionary<(long Hour, string Name), double> _counts = [];
    private readonly Queue<Rating> _ratings = new();

    public IReadOnlyDictionary<(long Hour, string Name), double> Counts => _counts;

    public IReadOnlyCollection<Rating> Ratings => _ratings;

    public static string FirstWithin(double bucket) => string.Create(CultureInfo.InvariantCulture, $"first.{bucket}");

    public static string Of(long release, string figure) => string.Create(CultureInfo.InvariantCulture, $"{Release}{release}.{figure}");

    public void Add(long hour, string name, double by) => _counts[(hour, name)] = _counts.GetValueOrDefault((hour, name)) + by;

    public void Add(Rating rating)
    {
        _ratings.Enqueue(rating);
        if (_ratings.Count > MaxRatings) _ratings.Dequeue();
    }

    /// <summary>Drops counts of hours before one.</summary>
    public void DropBefore(long hour)
    {
        foreach (var key in _counts.Keys.Where(k => k.Hour < hour).ToList()) _counts.Remove(key);
    }

    /// <summary>These after older ones.</summary>
    public BusinessCounts After(BusinessCounts older)
    {
        var sum = new BusinessCounts();
        foreach (var part in new[] { older, this })
        {
            foreach (var ((hour, name), value) in part._counts) sum.Add(hour, name, value);
            foreach (var rating in part._ratings) sum.Add(rating);
        }
        return sum;
    }
}
