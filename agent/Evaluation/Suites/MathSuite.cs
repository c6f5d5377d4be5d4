using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation.Suites;

/// <summary>A sum in words and the number that solves it.</summary>
/// <param name="Gold">A worked answer that ends with the number behind the suite's mark.</param>
internal sealed record MathItem(string Id, string Question, string Gold, decimal Value);

/// <summary>
/// Sums in words, five worked examples before each, answered greedily. Strict match wants the number behind the mark that the
/// examples end with; flexible match takes the last number of the answer. Numbers are compared as numbers. GSM8K: Cobbe et al. 2021;
/// MGSM: Shi et al. 2022.
/// </summary>
internal sealed class MathSuite : ISuite
{
    private const int MaxTokens = 320;

    private readonly string _mark, _ask, _reply;
    private readonly IReadOnlyList<WorkedExample> _shots;

    private MathSuite(string name, IReadOnlyList<MathItem> items, double? threshold, (string Language, string Mark, string Ask,
        string Reply) form)
    {
        (Name, Items, Threshold) = (name, items, threshold);
        (var language, _mark, _ask, _reply) = form;
        _shots = WorkedExamples.Read(language);
        var shots = string.Concat(_shots.Select(s => $"{_ask}{s.Question}\n{_reply}{s.Answer}\n\n"));
        var sampling = new SamplingOptions { MaxTokens = MaxTokens, Stop = [_ask.TrimEnd(), "</s>", "<|im_end|>"] };
        Tasks = [.. items.Select(i => new SuiteTask(i.Id, [$"{shots}{_ask}{i.Question}\n{_reply.TrimEnd()}"], IsChat: false, sampling))];
    }

    public string Name { get; }

    public IReadOnlyList<MathItem> Items { get; }

    public double? Threshold { get; }

    public IReadOnlyList<SuiteTask> Tasks { get; }

    public JsonObject Recipe => new()
    {
        ["form"] = "plain, five worked examples, greedy",
        ["mark"] = _mark,
        ["max_tokens"] = MaxTokens,
        ["shots"] = new JsonArray([.. _shots.Select(s => (JsonNode)new JsonObject { ["question"] = s.Question, ["answer"] = s.Answer })]),
    };

    /// <summary>GSM8K: JSON lines {"question","answer"}; the answer ends with #### and the number.</summary>
    /// <exception cref="ModelFileException">Missing, or a line is malformed; names the line.</exception>
    public static MathSuite Gsm8k(string path, int? limit = null) => new("gsm8k", Read(path, limit, (number, line) =>
    {
        using var document = JsonDocument.Parse(line);
        var gold = document.RootElement.GetProperty("answer").GetString()!;
        return Item(number, document.RootElement.GetProperty("question").GetString()!, gold, NumberAnswer.Strict(gold, "####"));
    }), 0.85, ("en", "####", "Question: ", "Answer: "));

    /// <summary>MGSM in Chinese: a question and its number a line, with a tabulator between.</summary>
    /// <exception cref="ModelFileException">Missing, or a line is malformed; names the line.</exception>
    public static MathSuite MgsmChinese(string path, int? limit = null) => new("mgsm-zh", Read(path, limit, (number, line) =>
    {
        var at = line.LastIndexOf('\t');
        if (at < 0) throw new FormatException("a line without tabulator");
        var gold = $"答案是 {line[(at + 1)..].Trim()}。";
        return Item(number, line[..at], gold, NumberAnswer.Flexible(gold));
    }), null, ("zh", "答案是", "问题：", "逐步解答："));

    public Task<SuiteResult> ScoreAsync(IReadOnlyDictionary<string, SuiteOutput> outputs, CancellationToken cancellationToken)
    {
        int strict = 0, flexible = 0, failed = 0;
        foreach (var item in Items)
        {
            if (outputs.GetValueOrDefault(item.Id) is not { Error: null } output)
            {
                failed++;
                continue;
            }
            if (NumberAnswer.Strict(output.Last, _mark) == item.Value) strict++;
            if (NumberAnswer.Flexible(output.Last) == item.Value) flexible++;
        }
        string[] notes = failed == 0 ? [] : [string.Create(CultureInfo.InvariantCulture,
            $"{failed} of {Items.Count} items have no answer and count as wrong ({Reasons(outputs)})")];
        return Task.FromResult(new SuiteResult(
            [SuiteScore.Count("strict", strict, Items.Count), SuiteScore.Count("flexible", flexible, Items.Count)], notes));
    }

    private static string Reasons(IReadOnlyDictionary<string, SuiteOutput> outputs) =>
        string.Join("; ", outputs.Values.Select(o => o.Error).OfType<string>().Distinct().Order(StringComparer.Ordinal).Take(3))
            is { Length: > 0 } reasons ? reasons : "not asked";

    private static MathItem Item(int number, string question, string gold, decimal? value) =>
        new(number.ToString("D4", CultureInfo.InvariantCulture), question, gold,
            value ?? throw new FormatException("an answer without its number"));

    private static List<MathItem> Read(string path, int? limit, Func<int, string, MathItem> item)
    {
        if (!File.Exists(path)) throw new ModelFileException(path, "the file of the suite (--data names its folder)", "no such file");
        var items = new List<MathItem>();
        foreach (var (index, line) in TextFile.ReadLines(path).Index())
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                items.Add(item(index + 1, line));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new ModelFileException(path, $"a question and its number in line {index + 1}", e.Message, e);
            }
        }
        if (limit is { } n) items = [.. items.Take(n)];
        return items.Count > 0 ? items : throw new ModelFileException(path, "at least one question", "none");
    }
}
