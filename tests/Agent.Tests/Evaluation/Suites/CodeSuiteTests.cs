using EdgeAgent.Evaluation.Suites;

namespace EdgeAgent.Tests.Evaluation.Suites;

/// <summary>Functions to write: the estimator, programs from answers, and the sandbox with real programs.</summary>
public sealed class CodeSuiteTests
{
    private static readonly CodeItem Item = new("T/0", "import math\n\ndef root(x):\n    \"\"\"The whole part of a root.\"\"\"\n", "root",
        "def check(f):\n    assert f(16) == 4\n    assert f(17) == 4\n", "    return math.isqrt(x)\n");

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(1, 0, 1, 0)]
    [InlineData(10, 3, 1, 0.3)]
    [InlineData(5, 2, 2, 0.7)] // 1 - C(3,2)/C(5,2) = 1 - 3/10
    [InlineData(10, 8, 5, 1)]
    [InlineData(10, 0, 5, 0)]
    public void PassAtK_IsTheShareOfDrawsWithARightOne(int n, int c, int k, double expected) =>
        Assert.Equal(expected, PassAtK.Of(n, c, k), 12);

    [Fact]
    public void PassAtK_IsWhatCountingAllDrawsGives()
    {
        const int n = 7, c = 3, k = 3;
        var draws = Enumerable.Range(0, 1 << n).Where(m => int.PopCount(m) == k).ToList();
        Assert.Equal((double)draws.Count(m => (m & ((1 << c) - 1)) != 0) / draws.Count, PassAtK.Of(n, c, k), 12);
        Assert.Throws<ArgumentOutOfRangeException>(() => PassAtK.Of(3, 1, 4));
    }

    [Fact]
    public void Chat_TakesABlockOfCodeOrABody()
    {
        const string whole = "Sure:\n```python\ndef root(x):\n    return math.isqrt(x)\n```\nDone.";
        Assert.StartsWith("import math\n\n\ndef root(x):\n    return math.isqrt(x)\n", CodeText.FromChat(Item, whole),
            StringComparison.Ordinal);
        Assert.StartsWith(Item.Prompt + "    return 4\n", CodeText.FromChat(Item, "```\n    return 4\n```"), StringComparison.Ordinal);
        Assert.EndsWith("check(root)\n", CodeText.FromChat(Item, whole), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Samples_AreScoredByTheirPrograms()
    {
        var suite = new CodeSuite([Item, Item with { Id = "T/1" }], isChat: false, samples: 10,
            (program, _) => Task.FromResult(program.Contains("right", StringComparison.Ordinal) ? ProgramEnd.Passed : ProgramEnd.Failed),
            null);
        Assert.Equal(20, suite.Tasks.Count);
        Assert.Equal(10, suite.Tasks.Take(10).Select(t => t.Sampling.Seed).Distinct().Count());

        var result = await suite.ScoreAsync(suite.Tasks.Select((t, i) => new SuiteOutput(t.Id, [i < 5 ? "right" : "wrong"], 1, null))
            .ToDictionary(o => o.Id), TestContext.Current.CancellationToken);

        Assert.Equal([("pass@1", 0.25), ("pass@10", 0.5)], result.Scores.Select(s => (s.Name, s.Value)));
    }

    [Fact]
    public async Task Machine_HasNoPython_SaysSoInsteadOfAScore()
    {
        var suite = new CodeSuite([Item], isChat: false, samples: 1, run: null, null);
        var result = await suite.ScoreAsync(new Dictionary<string, SuiteOutput>(), TestContext.Current.CancellationToken);
        Assert.Empty(result.Scores);
        Assert.Contains("python3", Assert.Single(result.Notes), StringComparison.Ordinal);
        Assert.Contains("found none", SuiteGate.Refuse("humaneval", result, 0.6), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("assert 1 + 1 == 2", "Passed")]
    [InlineData("assert 1 + 1 == 3", "Failed")]
    [InlineData("while True: pass", "TimedOut")]
    [InlineData("x = bytearray(3 * 1024 ** 3)", "Failed")]
    [InlineData("open('big', 'wb').write(b'x' * (8 << 20))", "Failed")]
    [InlineData("import os; assert os.listdir('.') == ['program.py'] and 'EDGE_AGENT_SECRET' not in os.environ", "Passed")]
    [InlineData("import os; assert set(os.environ) <= {'HOME', 'OMP_NUM_THREADS', 'LC_CTYPE', 'PWD'}, os.environ", "Passed")]
    public async Task Sandbox_BoundsWhatAProgramMay(string program, string expected)
    {
        var sandbox = await FindAsync();
        Assert.Equal(expected, (await sandbox.RunAsync(program, TestContext.Current.CancellationToken)).ToString());
    }

    [Fact]
    public async Task Sandbox_HasNoNetwork()
    {
        var sandbox = await FindAsync();
        if (sandbox.HasNetwork) Assert.Skip("this machine allows no network namespaces");
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        Assert.Equal(ProgramEnd.Failed, await sandbox.RunAsync($"import socket; socket.create_connection(('127.0.0.1', {port}), 5)",
            TestContext.Current.CancellationToken));
        Assert.False(listener.Pending());
    }

    /// <summary>The public file: its own solutions pass, and a body that returns nothing does not.</summary>
    [Fact]
    public async Task PublicFile_OwnSolutionsPass()
    {
        var items = CodeSuite.Load(SharedData.Path("eval", "HumanEval.jsonl.gz"));
        Assert.Equal(164, items.Count);
        var sandbox = await FindAsync();
        CodeItem[] some = [items[0], items[10], items[38], items[99], items[163]];
        var suite = new CodeSuite(some, isChat: false, samples: 1, sandbox.RunAsync, null);

        async Task<double> ShareAsync(Func<CodeItem, string> body) => (await suite.ScoreAsync(some.Zip(suite.Tasks)
            .Select(p => new SuiteOutput(p.Second.Id, [body(p.First)], 1, null)).ToDictionary(o => o.Id),
            TestContext.Current.CancellationToken)).Scores[0].Value;

        Assert.Equal(1, await ShareAsync(i => i.Solution));
        Assert.Equal(0, await ShareAsync(_ => "    return None\n"));
    }

    private static async Task<PythonSandbox> FindAsync()
    {
        var sandbox = await PythonSandbox.FindAsync(TimeProvider.System, TestContext.Current.CancellationToken);
        if (sandbox is null) Assert.Skip("needs python3 and prlimit");
        return sandbox;
    }
}
