namespace EdgeAgent.Evaluation.Suites;

/// <summary>What a user may set about a named suite.</summary>
/// <param name="Samples">Samples an item of humaneval, 1..100.</param>
/// <param name="Judge">For mtbench; null where there is none.</param>
internal sealed record SuiteChoices(int Samples, IJudge? Judge);

/// <summary>The suites that have a name. Their files are the user's; none comes with the agent.</summary>
internal static class SuiteCatalog
{
    private static readonly Dictionary<string, string> Files = new(StringComparer.Ordinal)
    {
        ["gsm8k"] = "gsm8k_test.jsonl",
        ["mgsm-zh"] = "mgsm_zh.tsv",
        ["humaneval"] = "HumanEval.jsonl.gz",
        ["humaneval-chat"] = "HumanEval.jsonl.gz",
        ["mtbench"] = "mt_bench_question.jsonl",
    };

    public static IReadOnlyCollection<string> Names => Files.Keys;

    public static bool Has(string name) => Files.ContainsKey(name);

    /// <param name="data">The folder of the suites' files.</param>
    /// <param name="limit">Asks the first items only; null asks all.</param>
    public static async Task<ISuite> LoadAsync(string name, string data, int? limit, SuiteChoices choices, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var path = Path.Combine(data, Files[name]);
        return name switch
        {
            "gsm8k" => MathSuite.Gsm8k(path, limit),
            "mgsm-zh" => MathSuite.MgsmChinese(path, limit),
            "mtbench" => new ConversationSuite(First(ConversationSuite.Load(path), limit), choices.Judge),
            _ => await CodeAsync(First(CodeSuite.Load(path), limit), name == "humaneval-chat", choices.Samples, clock, cancellationToken)
                .ConfigureAwait(false),
        };
    }

    private static async Task<ISuite> CodeAsync(IReadOnlyList<CodeItem> items, bool isChat, int samples, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var sandbox = await PythonSandbox.FindAsync(clock, cancellationToken).ConfigureAwait(false);
        return new CodeSuite(items, isChat, samples, sandbox is null ? null : sandbox.RunAsync, sandbox is { HasNetwork: true }
            ? "This machine allows no network namespaces: the programs ran with the network of this process." : null);
    }

    private static IReadOnlyList<T> First<T>(IReadOnlyList<T> items, int? limit) => limit is { } n ? [.. items.Take(n)] : items;
}
