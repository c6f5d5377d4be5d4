using EdgeAgent.Tests.Package;

namespace EdgeAgent.Tests.Endpoints.Pages;

/// <summary>The script that builds the pages, where it cannot: the build of the agent goes on without them and says why.</summary>
public sealed class PagesBuildTests : IDisposable
{
    private readonly Scripts _scripts = new() { Shell = "bash" };
    private readonly string _script;

    public PagesBuildTests()
    {
        var source = Path.Combine(SharedData.Repository, "agent", "Pages");
        _script = _scripts.File("build.sh");
        File.Copy(Path.Combine(source, "build.sh"), _script);
        File.Copy(Path.Combine(source, "package-lock.json"), _scripts.File("package-lock.json"));
        // what an earlier build left
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(_scripts.File("out")).FullName, "index.html"), "old");
    }

    public void Dispose() => _scripts.Dispose();

    [Fact]
    public async Task Build_WithoutNpm_LeavesNoPagesAndSaysSo()
    {
        var bin = Directory.CreateDirectory(_scripts.File("few")).FullName;
        foreach (var tool in new[] { "dirname", "rm" }) File.CreateSymbolicLink(Path.Combine(bin, tool), $"/usr/bin/{tool}");
        var (code, error) = await _scripts.RunAsync(_script, [_scripts.File("out")], ("PATH", bin));
        Assert.Equal((0, "edge-agent: the pages are not built: npm is not installed (it comes with Node.js). " +
            "The agent serves its API alone.\n"), (code, error));
        Assert.False(Directory.Exists(_scripts.File("out")));
    }

    /// <summary>Debian 12 brings one that the tools of the pages do not run on.</summary>
    [Fact]
    public async Task Build_OldNode_LeavesNoPagesAndSaysSo()
    {
        _scripts.Fake("node", "[ \"$1\" = --version ] && echo v18.19.0; exit 1");
        _scripts.Fake("npm", "exit 3");
        var (code, error) = await _scripts.RunAsync(_script, [_scripts.File("out")]);
        Assert.Equal(0, code);
        Assert.Contains("Node.js is v18.19.0, and 20.19, 22.12 or later is needed", error, StringComparison.Ordinal);
        Assert.DoesNotContain("npm ci", _scripts.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_WithoutARegistry_LeavesNoPagesAndSaysSo()
    {
        _scripts.Fake("node", "exit 0");
        _scripts.Fake("npm", "echo 'npm error network' >&2; exit 1");
        var (code, error) = await _scripts.RunAsync(_script, [_scripts.File("out")]);
        Assert.Equal(0, code);
        Assert.Contains("npm could not install the packages of agent/Pages/package-lock.json", error, StringComparison.Ordinal);
        Assert.Contains("npm ci ", _scripts.Log, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_scripts.File("out")));
    }

    /// <summary>A fault in the sources is no missing tool.</summary>
    [Fact]
    public async Task Build_SourcesAreWrong_Fails()
    {
        var bin = Directory.CreateDirectory(_scripts.File("node_modules/.bin")).FullName;
        _scripts.Fake("node", "exit 0");
        _scripts.Fake("npm", "exit 3");
        _scripts.Fake("tsc", "echo 'error TS2322' >&2; exit 2");
        File.Copy(_scripts.File("bin/tsc"), Path.Combine(bin, "tsc"));
        await File.WriteAllTextAsync(_scripts.File("node_modules/.package-lock.json"), "{}", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(_scripts.File("package-lock.json"), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var (code, error) = await _scripts.RunAsync(_script, [_scripts.File("out")]);
        Assert.Equal(2, code);
        Assert.Contains("TS2322", error, StringComparison.Ordinal);
        Assert.DoesNotContain("npm ci", _scripts.Log, StringComparison.Ordinal);
    }
}
