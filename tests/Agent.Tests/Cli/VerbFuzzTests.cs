using System.Collections.Concurrent;
using System.CommandLine;
using System.Text;
using EdgeAgent.Bundles;
using EdgeAgent.Cli;
using EdgeAgent.Tests.Bundles;

namespace EdgeAgent.Tests.Cli;

/// <summary>
/// Every verb with hostile values: wrong types, missing and empty files, directories for files, files that cannot be read, arguments
/// of a megabyte, wildcards. Each run ends in a sentence and exit code 1 or 2, or does its work; never in a stack trace.
/// </summary>
public sealed class VerbFuzzTests : IDisposable
{
    private static readonly long Runs = Math.Max(5_000, Fuzzing.Cases / 10);
    private static readonly string[] Written =
        ["--out", "--signature", "--map", "--plot", "--store", "--state", "--config", "--csr", "--bundle"];

    /// <summary>Always given, so that no run touches the machine's own state or works on a good student for long.</summary>
    private static readonly string[] Forced = [.. Written, "--model", "--broker", "--profile", "--passages", "--questions"];

    private readonly TemporaryDirectory _files = new(), _good = new();
    private readonly string[] _paths, _values;

    public VerbFuzzTests()
    {
        foreach (var (name, content) in new[]
        {
            ("empty", ""), ("object.json", "{}"), ("array.json", "[1,2]"), ("half.json", "{\"a\":"), ("text.txt", "what is this?\n"),
            ("numbers.csv", "t_s,tj_c\n0,60\nx,y\n"), ("null.jsonl", "null\n{\"questions\":[null],\"answer\":5}\n")
        })
            File.WriteAllText(_files.File(name), content);
        File.WriteAllText(_files.File("utf16.json"), "{\"id\":\"x\"}", Encoding.Unicode);
        var noise = new byte[5000];
        new Random(3).NextBytes(noise);
        foreach (var name in new[] { "noise.bin", "noise.gguf", "noise.safetensors", "noise.pem" })
            File.WriteAllBytes(_files.File(name), noise);
        foreach (var (name, manifest) in new[]
        {
            ("bundle-empty", ""), ("bundle-object", "{}"), ("bundle-noise", "\0\u0001"), ("folder", null)
        })
        {
            Directory.CreateDirectory(_files.File(name));
            if (manifest is not null) File.WriteAllText(Path.Combine(_files.File(name), StudentManifest.FileName), manifest);
        }
        File.WriteAllText(_files.File("locked"), "x");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_files.File("locked"), UnixFileMode.None);
        using (TinyStudent.Import(_good.Path, "rtn")) { } // a good student and its source, so that runs get further
        using (var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256))
            File.WriteAllText(_files.File("key.pem"), key.ExportPkcs8PrivateKeyPem());
        _paths =
        [
            .. Directory.GetFileSystemEntries(_files.Path), _files.File("missing"), _files.File("missing/deeper"),
            _files.File(new string('n', 300)), _files.File("nul\0byte"), _files.File("*"), _files.File("empty/inside"), "", "/proc/self/mem"
        ];
        _values =
        [
            " ", "-1", "0", "1", "7", "1e309", "NaN", "-0.5", "99999999999999999999", "1,2", "1,,2", "*", "?", "%", "101%", "10%", "5m",
            "-", "@x",
            "true", "null", "{\"a\":1}", "25:00-26:00", "L9", "L2", "privacy", "mqtt://127.0.0.1:1", "mqtts://127.0.0.1:1", "mqtt://u:p@h",
            "http://", "127.0.0.1:0", "a/b", "a\nb", "\u0000", "\ud800", "😀", "gptq", "shards", "64", "cpu",
            new string('x', 1 << 20), new string('9', 5000)
        ];
    }

    public void Dispose()
    {
        _files.Dispose();
        _good.Dispose();
    }

    [Fact]
    public async Task EveryVerb_HostileArguments_EndsInASentence()
    {
        var verbs = Leaves(RootVerb.Create(TimeProvider.System), []).ToList();
        var bad = new ConcurrentQueue<string>();
        var codes = new ConcurrentDictionary<int, int>();
        var times = new ConcurrentDictionary<string, double>();
        await Parallel.ForEachAsync(Enumerable.Range(0, (int)Runs), new ParallelOptions
        {
            MaxDegreeOfParallelism = 4,
            CancellationToken = TestContext.Current.CancellationToken
        }, async (seed, cancellationToken) =>
        {
            var random = new Random(seed);
            var (path, verb) = verbs[seed % verbs.Count];
            string[] arguments = [.. path, .. Arguments(verb, random)];
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Waiting.Limit);
            var start = TimeProvider.System.GetTimestamp();
            var (code, _, error) = await FlowConsole.RunAsync(Pick(random, ["", "{\"text\":5}\n{", "[]\nnull\n", "SP-14?\n", "\ufeff{}"]),
                () => EntryPoint.RunAsync(arguments, TimeProvider.System, limit.Token));
            codes.AddOrUpdate(code, 1, (_, n) => n + 1);
            var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            times.AddOrUpdate(string.Join(' ', path), seconds, (_, sum) => sum + seconds);
            if (Problem(code, error) is { } problem)
                bad.Enqueue($"{seed}: {string.Join(' ', arguments.Select(Shown))}: {problem}\n{Shown(error)}");
        });
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Join(", ", codes.OrderBy(c => c.Key).Select(c => $"code {c.Key}: {c.Value}")) + "; most time: " +
            string.Join(", ", times.OrderByDescending(t => t.Value).Take(8).Select(t => $"{t.Key} {t.Value:F0} s")));
        Assert.True(bad.IsEmpty, $"{bad.Count} of {Runs} runs\n" + string.Join("\n\n", bad.Take(20)));
        Assert.True(codes.GetValueOrDefault(1) > Runs / 20 && codes.GetValueOrDefault(2) > Runs / 20, "few runs get where they should");
    }

    private static string? Problem(int code, string error)
    {
        if (code is not (0 or 1 or 2)) return $"exit code {code}";
        if (error.Contains("\n   at ", StringComparison.Ordinal) || error.Contains("Exception:", StringComparison.Ordinal))
            return "a stack trace";
        if (error.Contains("an internal error", StringComparison.Ordinal)) return "an exception that nobody maps";
        if (code == 0) return null;
        return error.Length > 20 && error.Split('\n').Any(l => l.StartsWith("edge-agent: ", StringComparison.Ordinal))
            ? null : "no sentence";
    }

    private List<string> Arguments(Command verb, Random random)
    {
        var arguments = new List<string>();
        foreach (var argument in verb.Arguments)
            if (random.Next(8) > 0) arguments.Add(Value(argument.Name, argument.ValueType, true, random));
        foreach (var option in verb.Options.Where(o => o is not System.CommandLine.Help.HelpOption))
        {
            if (random.Next(3) > 0 && !Forced.Contains(option.Name) && !option.Required) continue;
            arguments.Add(option.Name);
            // a service with a good student would stay
            if (option.Arity.MaximumNumberOfValues > 0 && (option.ValueType != typeof(bool) || random.Next(8) == 0))
                arguments.Add(Value(option.Name, option.ValueType, verb.Name != "run", random));
        }
        // the two that would work for long, or until they are stopped
        if (verb.Name is "demo") arguments.Add(Pick(random, ["--nope", "extra", "--fast=maybe"]));
        if (random.Next(20) == 0) arguments.Add(Pick(random, ["--nope", "--", "extra", "--help=x"]));
        return arguments;
    }

    private string Value(string name, Type type, bool mayBeGood, Random random)
    {
        if (random.Next(3) > 0 && (type == typeof(int) || type == typeof(long) || type == typeof(double) || type == typeof(double?)))
            return Pick(random, ["-1", "0", "1", "4", "7", "64", "128"]);
        if (name.Contains("private-key", StringComparison.Ordinal) && random.Next(2) == 0) return _files.File("key.pem");
        if (mayBeGood && !Written.Contains(name) && random.Next(6) == 0)
            return Pick(random, Directory.GetFileSystemEntries(_good.Path));
        if (name == "--broker") return Pick(random, ["mqtt://127.0.0.1:1", "mqtts://127.0.0.1:1", "", "nonsense", "mqtt://u:p@h"]);
        if (name is "--store" or "--state" && random.Next(2) == 0) return _files.File($"state-{random.Next(8)}");
        if (Written.Contains(name) || name == "--model" || random.Next(2) == 0) return Pick(random, _paths);
        return Pick(random, _values);
    }

    private static string Pick(Random random, string[] of) => of[random.Next(of.Length)];

    private static string Shown(string text) => text.Length <= 300 ? text : $"{text[..300]}...({text.Length})";

    private static IEnumerable<(string[] Path, Command Verb)> Leaves(Command command, string[] path) => command.Subcommands.Count == 0
        ? [(path, command)] : command.Subcommands.SelectMany(c => Leaves(c, [.. path, c.Name]));
}
