using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Evaluation.Suites;

/// <summary>The user's own questions, scored by key facts (<see cref="Suite"/>).</summary>
internal sealed class FactsSuite : ISuite
{
    private const int MaxTokens = 160;

    public FactsSuite(string name, IReadOnlyList<SuiteQuestion> questions)
    {
        (Name, Questions) = (name, questions);
        var sampling = new SamplingOptions { MaxTokens = MaxTokens };
        Tasks = [.. questions.Select((q, i) => new SuiteTask(Id(i), [q.Question], IsChat: true, sampling))];
    }

    public string Name { get; }

    public IReadOnlyList<SuiteQuestion> Questions { get; }

    public double? Threshold => null;

    public JsonObject Recipe => new() { ["form"] = "chat, greedy, key facts", ["max_tokens"] = MaxTokens };

    public IReadOnlyList<SuiteTask> Tasks { get; }

    public Task<SuiteResult> ScoreAsync(IReadOnlyDictionary<string, SuiteOutput> outputs, CancellationToken cancellationToken)
    {
        var scored = Questions.Select((q, i) => (q.Kind, q.Language, IsRight: IsRight(i, outputs))).ToList();
        SuiteScore Of(string name, IEnumerable<(string, string, bool IsRight)> some) =>
            SuiteScore.Count(name, some.Count(s => s.IsRight), some.Count());
        return Task.FromResult(new SuiteResult([Of("right", scored),
            .. scored.GroupBy(s => $"{s.Kind} {s.Language}").OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => Of(g.Key, g))], []));
    }

    public bool IsRight(int index, IReadOnlyDictionary<string, SuiteOutput> outputs) =>
        outputs.GetValueOrDefault(Id(index)) is { Error: null } output && KeyFacts.Holds(output.Last, Questions[index].Facts);

    public static string Id(int index) => (index + 1).ToString("D5", CultureInfo.InvariantCulture);
}
