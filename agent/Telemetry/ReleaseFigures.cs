using System.Text.Json.Nodes;

namespace EdgeAgent.Telemetry;

/// <summary>What people made of one release's answers over the days that are kept.</summary>
/// <param name="Ratings">How many were rated.</param>
/// <param name="RatingSum">Of ratings 1..5.</param>
internal sealed record ReleaseFigures(long Release, double Answers, double Ratings, double RatingSum, double Resolved, double Unresolved)
{
    public JsonObject ToJson() => new()
    {
        ["release"] = Release,
        ["answers"] = Answers,
        ["ratings"] = Ratings,
        ["rating_sum"] = RatingSum,
        ["resolved"] = Resolved,
        ["unresolved"] = Unresolved,
    };
}
