using EdgeAgent.Knowledge.Index;

namespace EdgeAgent.Knowledge.Grounding;

/// <summary>What the documents say of a question.</summary>
/// <param name="Answers">Passages that answer it, the best first; empty where none does.</param>
/// <param name="Nearest">The best passages otherwise.</param>
/// <param name="Reason">Which rule decided, for engineers.</param>
internal sealed record Evidence(IReadOnlyList<FoundPassage> Answers, IReadOnlyList<FoundPassage> Nearest, string Reason)
{
    /// <summary>No library is loaded.</summary>
    public static readonly Evidence Unavailable = new([], [], "no library is loaded");

    /// <summary>A passage this much weaker than the best one does not answer too.</summary>
    private const double NextBest = 0.8;

    /// <summary>Terms of the question that a passage has at least, where the question has as many: one word alone may be chance.</summary>
    private const int MinNamed = 2;

    /// <summary>
    /// Judges passages that were found: one answers if it has every code of the question and names enough of what is asked. Pure.
    /// </summary>
    /// <param name="found">The best first.</param>
    public static Evidence Judge(IReadOnlyList<FoundPassage> found, KnowledgeOptions options)
    {
        if (found.Count == 0) return new Evidence([], [], "no passage has a word of the question");
        var withCodes = found.Where(f => !f.Missing.Any(t => t[0] == Terms.CodeMark)).ToList();
        if (withCodes.Count == 0)
        {
            var code = found[0].Missing.First(t => t[0] == Terms.CodeMark)[1..];
            return new Evidence([], found, $"no passage has the code {code}");
        }
        var answers = withCodes.Where(f => f.Coverage >= options.MinCoverage && IsNamed(f) && f.Score >= NextBest * withCodes[0].Score)
            .Take(options.MaxPassages).ToList();
        return answers.Count > 0
            ? new Evidence(answers, found, $"coverage {answers[0].Coverage:F2}")
            : new Evidence([], found, $"the best passage has {withCodes.Max(f => f.Coverage):P0} of what is asked; "
                + $"{options.MinCoverage:P0} and {MinNamed} terms are needed");
    }

    private static bool IsNamed(FoundPassage found) => found.Asked - found.Missing.Count >= Math.Min(MinNamed, found.Asked);
}
