using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation.Suites;

/// <summary>
/// Functions to write (HumanEval, Chen et al. 2021), scored by running each program against its test. One greedy sample an item, or
/// several at temperature 0.8.
/// </summary>
internal sealed class CodeSuite : ISuite
{
    private const int MaxTokens = 512, Parallel = 2;
    private const float SampledTemperature = 0.8f;

    private readonly bool _isChat;
    private readonly int _samples;
    private readonly Func<string, CancellationToken, Task<ProgramEnd>>? _run;
    private readonly string? _note;

    /// <param name="samples">Samples an item, 1..100.</param>
    /// <param name="run">Runs a program; null where this machine cannot.</param>
    /// <param name="note">What the reader must know about how programs are run; null for nothing.</param>
    public CodeSuite(IReadOnlyList<CodeItem> items, bool isChat, int samples, Func<string, CancellationToken, Task<ProgramEnd>>? run,
        string? note)
    {
        (Items, _isChat, _samples, _run, _note) = (items, isChat, samples, run, note);
        Tasks =
        [
            .. from item in items
               from sample in Enumerable.Range(0, samples)
               select new SuiteTask(Id(item, sample), [isChat ? CodeText.ChatPrompt(item) : item.Prompt], isChat, new SamplingOptions
               {
                   MaxTokens = MaxTokens,
                   Stop = isChat ? [] : CodeText.Stops,
                   Temperature = samples > 1 ? SampledTemperature : 0,
                   Seed = (ulong)sample,
               }),
        ];
    }

    public IReadOnlyList<CodeItem> Items { get; }

    public string Name => _isChat ? "humaneval-chat" : "humaneval";

    public double? Threshold => 0.6;

    public IReadOnlyList<SuiteTask> Tasks { get; }

    public JsonObject Recipe => new()
    {
        ["form"] = _isChat ? "chat, the function's head in a block of code" : "plain, the function's head is continued",
        ["max_tokens"] = MaxTokens,
        ["samples"] = _samples,
        ["temperature"] = _samples > 1 ? SampledTemperature : 0,
        ["stop"] = new JsonArray([.. (_isChat ? [] : CodeText.Stops).Select(s => (JsonNode)s)]),
    };

    /// <summary>Reads JSON lines {"task_id","prompt","entry_point","test","canonical_solution"}, compressed (.gz) or not.</summary>
    /// <exception cref="ModelFileException">Missing, or a line is malformed; names the line.</exception>
    public static IReadOnlyList<CodeItem> Load(string path)
    {
        if (!File.Exists(path)) throw new ModelFileException(path, "the file of the suite (--data names its folder)", "no such file");
        var items = new List<CodeItem>();
        foreach (var (index, line) in TextFile.Lines(Read(path)).Index())
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                using var document = JsonDocument.Parse(line);
                string Text(string name) => document.RootElement.GetProperty(name).GetString()!;
                items.Add(new CodeItem(Text("task_id"), Text("prompt"), Text("entry_point"), Text("test"), Text("canonical_solution")));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new ModelFileException(path, $"a function with its test in line {index + 1}", e.Message, e);
            }
        }
        return items.Count > 0 ? items : throw new ModelFileException(path, "at least one function", "none");
    }

    public async Task<SuiteResult> ScoreAsync(IReadOnlyDictionary<string, SuiteOutput> outputs, CancellationToken cancellationToken)
    {
        if (_run is null)
            return new SuiteResult([], ["The answers are kept, but not scored: python3 and prlimit are needed to run the programs, and "
                + "this machine lacks one of them."]);
        var right = new int[Items.Count];
        await System.Threading.Tasks.Parallel.ForAsync(0, Items.Count * _samples,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken }, async (i, token) =>
            {
                var item = Items[i / _samples];
                if (outputs.GetValueOrDefault(Id(item, i % _samples)) is not { Error: null } output) return;
                var program = _isChat ? CodeText.FromChat(item, output.Last) : CodeText.FromCompletion(item, output.Last);
                if (await _run(program, token).ConfigureAwait(false) == ProgramEnd.Passed) Interlocked.Increment(ref right[i / _samples]);
            }).ConfigureAwait(false);
        return new SuiteResult([.. Scores(right)], _note is null ? [] : [_note]);
    }

    private IEnumerable<SuiteScore> Scores(int[] right)
    {
        if (_samples == 1)
        {
            yield return SuiteScore.Count("pass@1", right.Sum(), right.Length);
            yield break;
        }
        foreach (var k in new[] { 1, 10, 100 }.Where(k => k <= _samples))
            yield return SuiteScore.Mean(string.Create(CultureInfo.InvariantCulture, $"pass@{k}"),
                [.. right.Select(c => PassAtK.Of(_samples, c, k))], 0, 1);
    }

    private static string Id(CodeItem item, int sample) => string.Create(CultureInfo.InvariantCulture, $"{item.Id}#{sample}");

    private static string Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (!path.EndsWith(".gz", StringComparison.Ordinal)) return TextFile.Decode(path, bytes);
        using var zipped = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        zipped.CopyTo(plain);
        return TextFile.Decode(path, plain.ToArray());
    }
}
