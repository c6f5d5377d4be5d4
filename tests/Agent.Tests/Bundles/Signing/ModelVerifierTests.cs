using System.Text.Json;
using EdgeAgent.Bundles.Signing;

namespace EdgeAgent.Tests.Bundles.Signing;

/// <summary>
/// Signing vectors: every required case is decided as the specification says, every other one without a crash. The cases of
/// tests/data, and real signatures of the reference implementation (third-party) where they are there.
/// </summary>
public sealed class ModelVerifierTests
{
    /// <summary>Where the vectors leave a choice and ours differs from the expectation they note; each with its reason.</summary>
    private static readonly Dictionary<string, string> Choices = new()
    {
        ["hash-blake2"] = "BLAKE2b is optional and not built in: refused by name",
        ["shards-extra-empty-file"] = "an empty file has no shard, so a signature cannot say whether it belongs",
        ["v0.2.0-certificate"] = "the deprecated first layout signed something else than a DSSE encoding: not supported",
        ["git-no-ignore-signed"] = "files that were signed are checked wherever they lie; they are intact",
    };

    public static TheoryData<string> Cases() => [.. Names("cases"), .. Names("upstream")];

    private static IEnumerable<string> Names(string set) => SharedData.Find("signing", set) is not { } folder ? []
        : Directory.GetFiles(folder, "case.json", SearchOption.AllDirectories)
            .Select(c => Path.Combine(set, Path.GetRelativePath(folder, Path.GetDirectoryName(c)!))).Order(StringComparer.Ordinal);

    [Fact]
    public void Cases_Committed_AreAllThere() => Assert.Equal(211, Names("cases").Count());

    [Theory]
    [MemberData(nameof(Cases))]
    public void Verify_Vector_IsDecidedAsTheSpecificationSays(string name)
    {
        var folder = SharedData.Path("signing", name);
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "case.json")));
        var root = document.RootElement;
        using var copy = new TemporaryDirectory();
        Copy(folder, copy.Path);
        if (root.TryGetProperty("setup", out var setup)) foreach (var step in setup.EnumerateArray()) Apply(copy.Path, step);

        var arguments = root.GetProperty("args").EnumerateArray().Select(a => a.GetString()!).ToList();
        var passed = Verify(root.GetProperty("method").GetString()!, arguments, copy.Path, out var reason);
        var expected = root.GetProperty("expected").GetString() == "pass";
        if (Choices.TryGetValue(Path.GetFileName(name), out var why)) Assert.False(root.GetProperty("must").GetBoolean(), why);
        else
            Assert.True(passed == expected,
                $"{name}: expected {(expected ? "pass" : "fail")}, {reason}. " +
                $"{(root.TryGetProperty("note", out var note) ? note.GetString() : "")}");
    }

    private static bool Verify(string method, List<string> arguments, string directory, out string reason)
    {
        string Absolute(string path) => Path.Combine(directory, path);
        string Value(string option) => Absolute(arguments[arguments.FindIndex(a => a.Replace('_', '-') == option) + 1]);
        bool Has(string option) => arguments.Exists(a => a.Replace('_', '-') == option);
        var options = new VerifyOptions
        {
            AllowSymlinks = Has("--allow-symlinks"),
            IgnoreUnsignedFiles = Has("--ignore-unsigned-files"),
            IgnoreGitPaths = !Has("--no-ignore-git-paths"),
            IgnorePaths = Has("--ignore-paths") ? [Value("--ignore-paths")] : [],
        };
        try
        {
            if (method == "key")
                ModelVerifier.VerifyWithKey(Absolute(arguments[^1]), Value("--signature"), File.ReadAllText(Value("--public-key")),
                    options);
            else
                ModelVerifier.VerifyWithCertificates(Absolute(arguments[^1]), Value("--signature"),
                    File.ReadAllText(Value("--certificate-chain")), options, TimeProvider.System);
            reason = "it passed";
            return true;
        }
        catch (VerificationException e)
        {
            reason = e.Message;
            return false;
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (var directory in Directory.GetDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, directory)));
        foreach (var file in Directory.GetFiles(from, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, File.ReadAllBytes(file));
        }
    }

    private static void Apply(string directory, JsonElement step)
    {
        var path = Path.Combine(directory, step.GetProperty("path").GetString()!);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        switch (step.GetProperty("op").GetString())
        {
            case "write": File.WriteAllBytes(path, Convert.FromBase64String(step.GetProperty("base64").GetString()!)); break;
            case "mkdir": Directory.CreateDirectory(path); break;
            case "symlink":
                if (File.Exists(path)) File.Delete(path);
                File.CreateSymbolicLink(path, step.GetProperty("target").GetString()!);
                break;
            case var other: throw new InvalidOperationException(other);
        }
    }
}
