using System.Globalization;

namespace EdgeAgent.Evaluation.Suites;

/// <summary>Whether a suite's result is good enough. Pure.</summary>
internal static class SuiteGate
{
    /// <summary>Why the gate is closed; null where it is open.</summary>
    /// <param name="threshold">Lowest first score, in its own unit.</param>
    public static string? Refuse(string suite, SuiteResult result, double threshold)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.Scores.Count == 0) return $"{suite}: the gate expects a score; found none. {string.Join(' ', result.Notes)}";
        var score = result.Scores[0];
        return score.Value >= threshold ? null : string.Create(CultureInfo.InvariantCulture,
            $"{suite}: the gate expects {score.Name} {threshold} or more; found {score.Value:F4} [{score.Low:F4}, {score.High:F4}]");
    }
}
