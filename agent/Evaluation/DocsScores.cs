using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Grounding;

namespace EdgeAgent.Evaluation;

/// <summary>A share with its 95 % confidence interval (Wilson's score interval).</summary>
internal readonly record struct Share(int Hits, int Of)
{
    /// <summary>Standard normal quantile of 97.5 %.</summary>
    internal const double Z = 1.959964;

    /// <summary>NaN of nothing.</summary>
    public double Value => (double)Hits / Of;

    public double Low => Bound(-1);

    public double High => Bound(1);

    public override string ToString() => Of == 0 ? "-" : $"{Value:F3} [{Low:F3}, {High:F3}] ({Hits} of {Of})";

    private double Bound(int side)
    {
        if (Of == 0) return double.NaN;
        var (p, n) = (Value, (double)Of);
        return (p + Z * Z / (2 * n) + side * Z * Math.Sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))) / (1 + Z * Z / n);
    }
}

/// <summary>How well a library answers a suite, by quotation. Pure.</summary>
/// <param name="RecallAt1">Answerable questions whose passage comes first.</param>
/// <param name="RecallAt5">The same, among the first five.</param>
/// <param name="CitationPrecision">Citations of answers to answerable questions that lead to where the answer stands.</param>
/// <param name="AnswersRight">Answered questions whose answer has every fact.</param>
/// <param name="UnanswerableRefused">Questions that no document answers, and that were refused.</param>
/// <param name="AnswerableRefused">Questions that a document answers, and that were refused all the same.</param>
internal sealed record DocsScores(Share RecallAt1, Share RecallAt5, Share CitationPrecision, Share AnswersRight, Share UnanswerableRefused,
    Share AnswerableRefused)
{
    private const int Depth = 5, Candidates = 12;

    /// <summary>Questions that went wrong, with what happened.</summary>
    public IReadOnlyList<(DocsQuestion Question, string What)> Wrong { get; init; } = [];

    public static DocsScores Measure(Library library, IReadOnlyList<DocsQuestion> questions, KnowledgeOptions options)
    {
        var (first, five, cited, relevant, right, answered, refused, unanswerable, refusedAnswerable) = (0, 0, 0, 0, 0, 0, 0, 0, 0);
        var wrong = new List<(DocsQuestion, string)>();
        foreach (var question in questions)
        {
            var found = library.Find(question.Question, Candidates);
            var answer = Grounder.Extract(question.Question, Evidence.Judge(found, options), options);
            if (question.Document is null)
            {
                unanswerable++;
                if (answer.IsRefusal) refused++;
                else wrong.Add((question, $"answered: {answer.Citations[0].Text}"));
                continue;
            }
            var rank = found.Take(Depth).ToList().FindIndex(f => IsAt(question, f.Document, f.Passage));
            if (rank == 0) first++;
            if (rank >= 0) five++;
            else wrong.Add((question, $"not among the first {Depth}; first: {(found.Count > 0 ? Where(found[0]) : "nothing")}"));
            if (answer.IsRefusal)
            {
                refusedAnswerable++;
                wrong.Add((question, $"refused; coverage {(found.Count > 0 ? found.Max(f => f.Coverage) : 0):F2}"));
                continue;
            }
            answered++;
            cited += answer.Citations.Count;
            relevant += answer.Citations.Count(c => IsAt(question, c.Document, c.Passage) || c.Document.Id == question.Also);
            wrong.AddRange(answer.Citations.Where(c => !IsAt(question, c.Document, c.Passage) && c.Document.Id != question.Also)
                .Select(c => (question, $"cited beside it: {c.Line(isChinese: false)}: {c.Text}")));
            if (KeyFacts.Holds(answer.Text, question.Facts)) right++;
            else wrong.Add((question, $"facts missing: {answer.Text.Split('\n')[0]}"));
        }
        var answerable = questions.Count - unanswerable;
        return new DocsScores(new(first, answerable), new(five, answerable), new(relevant, cited), new(right, answered),
            new(refused, unanswerable), new(refusedAnswerable, answerable))
        {
            Wrong = wrong
        };
    }

    private static bool IsAt(DocsQuestion question, SourceDocument document, Passage passage) => document.Id == question.Document
        && (question.Page is null || passage.Page == question.Page)
        && (question.Section is null || passage.Section.Contains(question.Section, StringComparison.OrdinalIgnoreCase))
        && (question.Page is not null || question.Section is not null || KeyFacts.Holds(passage.Text, question.Facts));

    private static string Where(FoundPassage found) => $"{found.Document.Id}, {found.Passage.Section}: {found.Passage.Text}";
}
