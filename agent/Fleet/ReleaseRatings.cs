using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeAgent.Fleet;

/// <summary>How the users of one device rate one release, as telemetry has it.</summary>
/// <param name="Ratings">Number of ratings, each 1..5.</param>
/// <param name="RatingSum">Their sum.</param>
/// <param name="Resolved">Answers that users said had settled the matter.</param>
/// <param name="Unresolved">Answers that users said had not.</param>
internal sealed record ReleaseRatings(long Release, double Ratings, double RatingSum, double Resolved, double Unresolved)
{
    /// <summary>Mean rating, 1..5; null without ratings.</summary>
    public double? Satisfaction => Ratings > 0 ? RatingSum / Ratings : null;

    /// <summary>Share of answers that settled the matter among those users said something about; null without any.</summary>
    public double? ResolutionRate => Resolved + Unresolved > 0 ? Resolved / (Resolved + Unresolved) : null;

    /// <summary>
    /// Whether the ratings (measured above 1, the lowest) or the resolution rate fell by more than a share against another release. A
    /// figure counts when both releases have it from at least <paramref name="minRatings"/> users.
    /// </summary>
    public bool IsWorseThan(ReleaseRatings other, double share, int minRatings)
    {
        ArgumentNullException.ThrowIfNull(other);
        bool Fell(double? mine, double? theirs, double floor) => mine is { } m && theirs is { } t && m - floor < (t - floor) * (1 - share);
        return Ratings >= minRatings && other.Ratings >= minRatings && Fell(Satisfaction, other.Satisfaction, 1)
            || Resolved + Unresolved >= minRatings && other.Resolved + other.Unresolved >= minRatings
                && Fell(ResolutionRate, other.ResolutionRate, 0);
    }

    /// <summary>The releases of a telemetry message, the newest first; entries that cannot be read are left out.</summary>
    public static IReadOnlyList<ReleaseRatings> Parse(JsonNode? telemetry) =>
        telemetry?["releases"] is JsonArray all
            ? [.. all.Select(One).OfType<ReleaseRatings>().OrderByDescending(r => r.Release)] : [];

    private static ReleaseRatings? One(JsonNode? node)
    {
        try
        {
            return node is JsonObject && node["release"] is not null ? node.Deserialize(FleetJson.Default.ReleaseRatings) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
