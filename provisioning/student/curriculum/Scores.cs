using System.Globalization;
using System.Text;

namespace EdgeAgent.Lab;

/// <summary>Right answers of a group of questions.</summary>
internal sealed record Score(string Stage, string Kind, int Language, int Right, int Asked)
{
    public double Share => Asked == 0 ? 0 : (double)Right / Asked;
}

/// <summary>Scores of a held-out set. Pure.</summary>
internal static class Scores
{
    public static IReadOnlyList<Score> Of(IEnumerable<(Example Example, bool IsRight)> answered) =>
        [.. answered.GroupBy(a => (a.Example.Stage, a.Example.Kind, a.Example.Language)).OrderBy(g => g.Key)
            .Select(g => new Score(g.Key.Stage, g.Key.Kind, g.Key.Language, g.Count(a => a.IsRight), g.Count()))];

    /// <summary>Right answers of a stage over all its kinds and both languages.</summary>
    public static Score Stage(IEnumerable<Score> scores, string stage)
    {
        var own = scores.Where(s => s.Stage == stage).ToList();
        return new Score(stage, "", 0, own.Sum(s => s.Right), own.Sum(s => s.Asked));
    }

    public static string Table(IReadOnlyList<Score> scores)
    {
        var text = new StringBuilder("| stage | kind | language | right | share |\n|---|---|---|---|---|\n");
        foreach (var s in scores)
            text.Append(CultureInfo.InvariantCulture,
                $"| {s.Stage} | {s.Kind} | {Corpus.Languages[s.Language]} | {s.Right} of {s.Asked} | {s.Share:P1} |\n");
        foreach (var stage in scores.Select(s => s.Stage).Distinct(StringComparer.Ordinal))
        {
            var s = Stage(scores, stage);
            text.Append(CultureInfo.InvariantCulture, $"| **{stage}** | all | both | {s.Right} of {s.Asked} | {s.Share:P1} |\n");
        }
        return text.ToString();
    }
}
