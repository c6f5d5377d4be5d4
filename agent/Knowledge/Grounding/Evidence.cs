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
        // one that names all of the question goes before one that repeats a part of it
        var answers = Chosen(withCodes.Where(f => f.Coverage >= options.MinCoverage && IsNamed(f)
            && f.Score >= NextBest * withCodes[0].Score).OrderByDescending(f => f.Score * f.Coverage), options.MaxPassages);
        return answers.Count > 0
            ? new Evidence(answers, found, $"coverage {answers[0].Coverage:F2}")
            : new Evidence([], found, $"the best passage has {withCodes.Max(f => f.Coverage):P0} of what is asked; "
                + $"{options.MinCoverage:P0} and {MinNamed} terms are needed");
    }

    /// <summary>
    /// The first; of the others those that name something of the question that those before lack, and those that name as much as the
    /// first and have another figure of the same unit: they say otherwise. What names less of the same is about something else, however
    /// similar its words are; what names the same without another figure says it again.
    /// </summary>
    private static List<FoundPassage> Chosen(IEnumerable<FoundPassage> answering, int count)
    {
        var chosen = new List<FoundPassage>();
        HashSet<string>? lacking = null; // what none of the chosen names
        foreach (var found in answering)
        {
            if (lacking is not null && lacking.IsSubsetOf(found.Missing)
                && (found.Missing.Except(chosen[0].Missing).Any() || !HasOtherFigures(found.Passage, chosen[0].Passage))) continue;
            chosen.Add(found);
            if (lacking is null) lacking = [.. found.Missing];
            else lacking.IntersectWith(found.Missing);
            if (chosen.Count == count) break;
        }
        return chosen;
    }

    private static bool HasOtherFigures(Passage one, Passage other)
    {
        var (mine, theirs) = (Figures.Of(Figures.Normalize(one.Text)), Figures.Of(Figures.Normalize(other.Text)));
        return mine.Except(theirs).Select(f => f.Unit).Intersect(theirs.Except(mine).Select(f => f.Unit)).Any(u => u.Length > 0);
    }

    private static bool IsNamed(FoundPassage found) =>
        found.Asked - found.Missing.Count(t => t[0] != Quantities.Mark) >= Math.Min(MinNamed, found.Asked);
}
