using System.Text.Json.Nodes;

namespace EdgeAgent.Telemetry;

/// <summary>What people made of one release's answers over the days that are kept.</summary>
/// <param name="Ratings">How many were rated.</param>
/// <param name="RatingSum">Of ratings 1..5.</param>
internal sealed record ReleaseFigures(long Release, double Answers, double Ratings, double RatingSum, double Resolved, double Unresolved)
{
    /// <summary>Mean rating, 1..5; null without any.</summary>
    public double? Satisfaction => Ratings > 0 ? RatingSum / Ratings : null;

    /// <summary>Share of the answers said to have settled the matter or not that did; null without any.</summary>
    public double? ResolutionRate => Resolved + Unresolved > 0 ? Resolved / (Resolved + Unresolved) : null;

    /// <summary>
    /// Whether these are worse than another release's by more than a share, in rating (above 1, the least there is) or resolution.
    /// A figure counts where both have it from at least <paramref name="least"/> people.
    /// </summary>
    public bool IsWorseThan(ReleaseFigures other, double share, int least)
    {
        ArgumentNullException.ThrowIfNull(other);
        bool Fell(double? mine, double? theirs, double floor) => mine is { } m && theirs is { } t && m - floor < (t - floor) * (1 - share);
        return Ratings >= least && other.Ratings >= least && Fell(Satisfaction, other.Satisfaction, 1)
            || Resolved + Unresolved >= least && other.Resolved + other.Unresolved >= least
                && Fell(ResolutionRate, other.ResolutionRate, 0);
    }

    public JsonObject ToJson() => new()
    {
        ["release"] = Release,
        ["answers"] = Answers,
        ["ratings"] = Ratings,
        ["rating_sum"] = RatingSum,
        ["resolved"] = Resolved,
        ["unresolved"] = Unresolved,
    };

    /// <summary>Null where it is none.</summary>
    public static ReleaseFigures? Parse(JsonNode? node)
    {
        double Number(string name) => node?[name] is JsonValue value && value.TryGetValue(out double number) ? number : 0;
        return node is JsonObject && node["release"] is JsonValue release && release.TryGetValue(out long number)
            ? new ReleaseFigures(number, Number("answers"), Number("ratings"), Number("rating_sum"), Number("resolved"),
                Number("unresolved")) : null;
    }
}
