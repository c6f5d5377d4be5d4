namespace EdgeAgent.Telemetry;

/// <summary>The business figures of one hour, or of several together.</summary>
internal sealed record BusinessReport(DateTimeOffset From, IReadOnlyDictionary<string, double> Counts)
{
    private double this[string name] => Counts.GetValueOrDefault(name);

    /// <summary>Queries that got an answer.</summary>
    public double Answers => With(BusinessCounts.Source).Sum(c => c.Count);

    /// <summary>Queries that were refused, by reason.</summary>
    public IReadOnlyDictionary<string, double> Refusals => With(BusinessCounts.Refused).ToDictionary(c => c.Name, c => c.Count);

    /// <summary>Answers by source: model, cache, curated, fallback.</summary>
    public IReadOnlyDictionary<string, double> Sources => With(BusinessCounts.Source).ToDictionary(c => c.Name, c => c.Count);

    /// <summary>Share of answers that were stored ones; null without any answer.</summary>
    public double? CacheShare => Rate(this[BusinessCounts.Source + "cache"] + this[BusinessCounts.Source + "curated"], Answers);

    /// <summary>
    /// First response time, ms, within which a share of the answers began: the upper end of its bucket. Null without any answer.
    /// </summary>
    public double? FirstResponse(double share)
    {
        var buckets = BusinessCounts.Buckets.Select(b => (b, Count: this[BusinessCounts.FirstWithin(b)])).ToList();
        var (total, sum) = (buckets.Sum(b => b.Count), 0.0);
        foreach (var (limit, count) in buckets)
            if (total > 0 && (sum += count) >= share * total) return limit;
        return null;
    }

    /// <summary>Answers by thermal level.</summary>
    public IReadOnlyDictionary<string, double> Levels => With(BusinessCounts.Level).ToDictionary(c => c.Name, c => c.Count);

    /// <summary>Alarms of drift, by statistic.</summary>
    public IReadOnlyDictionary<string, double> Drifts => With(BusinessCounts.Drift).ToDictionary(c => c.Name, c => c.Count);

    /// <summary>Tokens read and written for an answer; null without any answer.</summary>
    public double? TokensPerAnswer => Rate(this[BusinessCounts.TokensIn] + this[BusinessCounts.TokensOut], Levels.Values.Sum());

    /// <summary>Energy of an answer whose energy is known, J; null without any.</summary>
    public double? JoulesPerAnswer => Rate(this[BusinessCounts.Joules], this[BusinessCounts.WithJoules]);

    /// <summary>Ratings, and those that say whether the matter was resolved.</summary>
    public (double Ratings, double Judged) Rated => (this["rating.count"], this["resolved.yes"] + this["resolved.no"]);

    /// <summary>Share of the rated answers that resolved the matter, of those where the rating says so.</summary>
    public double? ResolutionRate => Rate(this["resolved.yes"], this["resolved.yes"] + this["resolved.no"]);

    /// <summary>Mean rating, 1..5.</summary>
    public double? Satisfaction => Rate(this["rating.sum"], this["rating.count"]);

    private IEnumerable<(string Name, double Count)> With(string prefix) =>
        Counts.Where(c => c.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(c => (c.Key[prefix.Length..], c.Value));

    private static double? Rate(double some, double all) => all == 0 ? null : some / all;
}
