using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation.Suites;

/// <summary>A conversation of a few turns that a judge grades.</summary>
internal sealed record ConversationItem(string Id, string Category, IReadOnlyList<string> Turns);

/// <summary>Conversations of two turns (MT-Bench, Zheng et al. 2023), each turn graded 1..10 by a judge.</summary>
internal sealed class ConversationSuite : ISuite
{
    private const int MaxTokens = 512;

    private readonly IReadOnlyList<ConversationItem> _items;
    private readonly IJudge? _judge;

    /// <param name="judge">Null where the user has configured none.</param>
    public ConversationSuite(IReadOnlyList<ConversationItem> items, IJudge? judge)
    {
        (_items, _judge) = (items, judge);
        var sampling = new SamplingOptions { MaxTokens = MaxTokens };
        Tasks = [.. items.Select(i => new SuiteTask(i.Id, i.Turns, IsChat: true, sampling))];
    }

    public string Name => "mtbench";

    public double? Threshold => 7.5;

    public IReadOnlyList<SuiteTask> Tasks { get; }

    public JsonObject Recipe => new()
    {
        ["form"] = "chat, turn by turn, greedy",
        ["max_tokens"] = MaxTokens,
        ["judge"] = JudgeClient.Prompt("{question}", "{answer}"),
    };

    /// <summary>Reads JSON lines {"question_id","category","turns":[...]}.</summary>
    /// <exception cref="ModelFileException">Missing, or a line is malformed; names the line.</exception>
    public static IReadOnlyList<ConversationItem> Load(string path)
    {
        if (!File.Exists(path)) throw new ModelFileException(path, "the file of the suite (--data names its folder)", "no such file");
        var items = new List<ConversationItem>();
        foreach (var (index, line) in TextFile.ReadLines(path).Index())
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                using var document = JsonDocument.Parse(line);
                var root = document.RootElement;
                items.Add(new ConversationItem(root.GetProperty("question_id").GetInt32().ToString(CultureInfo.InvariantCulture),
                    root.GetProperty("category").GetString()!,
                    [.. root.GetProperty("turns").EnumerateArray().Select(t => t.GetString()!)]));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new ModelFileException(path, $"question_id, category and turns in line {index + 1}", e.Message, e);
            }
        }
        return items.Count > 0 ? items : throw new ModelFileException(path, "at least one conversation", "none");
    }

    public async Task<SuiteResult> ScoreAsync(IReadOnlyDictionary<string, SuiteOutput> outputs, CancellationToken cancellationToken)
    {
        if (_judge is null)
            return new SuiteResult([], ["The answers are kept, but not graded: mtbench needs a judge. Name one that speaks the "
                + "chat-completions protocol with --judge URL and --judge-model NAME."]);
        var (grades, ungraded) = (new List<double>(), 0);
        foreach (var item in _items)
        {
            if (outputs.GetValueOrDefault(item.Id) is not { Error: null } output)
            {
                grades.AddRange(Enumerable.Repeat(1.0, item.Turns.Count)); // no answer: the lowest grade
                continue;
            }
            for (var turn = 0; turn < item.Turns.Count; turn++)
                if (await _judge.GradeAsync(Conversation(item, output, turn), output.Texts[turn], cancellationToken).ConfigureAwait(false)
                    is { } grade) grades.Add(grade);
                else ungraded++;
        }
        return new SuiteResult(grades.Count > 0 ? [SuiteScore.Mean("grade", grades, 1, 10)] : [], ungraded == 0 ? []
            : [string.Create(CultureInfo.InvariantCulture, $"the judge gave no grade to {ungraded} answers, which are left out")]);
    }

    private static string Conversation(ConversationItem item, SuiteOutput output, int turn) => string.Join("\n\n",
        Enumerable.Range(0, turn).Select(t => $"{item.Turns[t]}\n\nThe assistant answered:\n{output.Texts[t]}").Append(item.Turns[turn]));
}
