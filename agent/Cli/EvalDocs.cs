using System.Text.Json.Nodes;
using EdgeAgent.Evaluation;
using EdgeAgent.Knowledge;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent eval --suite docs FILE...</c>: how well a library answers a suite of questions.</summary>
internal static class EvalDocs
{
    public const string SuiteName = "docs";

    private const int ShownFailures = 15;

    /// <param name="library">Its directory; null: the configured one.</param>
    public static int Run(IEnumerable<string> files, string? library, bool asJson)
    {
        var loaded = Library.Load(DocsCommand.PathOf(library));
        var questions = files.SelectMany(DocsSuite.Load).ToList();
        if (questions.Count == 0) throw new UsageException("--suite docs needs a file of questions after it");
        var groups = questions.GroupBy(q => q.Language).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (g.Key, Questions: g.ToList())).Append(("all", Questions: questions))
            .Select(g => (Name: g.Item1, g.Questions.Count, Scores: DocsScores.Measure(loaded, g.Questions, new KnowledgeOptions())))
            .ToList();
        if (asJson) Console.WriteLine(new JsonArray([.. groups.Select(g => Node(g.Name, g.Count, g.Scores))]).ToJsonString());
        else
        {
            foreach (var (name, count, s) in groups)
                Console.WriteLine($"{name}: {count} questions\n  recall@1 {s.RecallAt1}\n  recall@5 {s.RecallAt5}\n"
                    + $"  citation precision {s.CitationPrecision}\n  answers right {s.AnswersRight}\n"
                    + $"  unanswerable refused {s.UnanswerableRefused}\n  answerable refused {s.AnswerableRefused}");
            foreach (var (question, what) in groups[^1].Scores.Wrong.Take(ShownFailures))
                Console.WriteLine($"  {question.Question}\n    {what}");
        }
        return ExitCodes.Success;
    }

    private static JsonObject Node(string language, int questions, DocsScores s) => new()
    {
        ["language"] = language,
        ["questions"] = questions,
        ["recall_at_1"] = Node(s.RecallAt1),
        ["recall_at_5"] = Node(s.RecallAt5),
        ["citation_precision"] = Node(s.CitationPrecision),
        ["answers_right"] = Node(s.AnswersRight),
        ["unanswerable_refused"] = Node(s.UnanswerableRefused),
        ["answerable_refused"] = Node(s.AnswerableRefused),
    };

    private static JsonObject? Node(Share share) => share.Of == 0 ? null : new JsonObject
    {
        ["share"] = Math.Round(share.Value, 4),
        ["low"] = Math.Round(share.Low, 4),
        ["high"] = Math.Round(share.High, 4),
        ["of"] = share.Of
    };
}
