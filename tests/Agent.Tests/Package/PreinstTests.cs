namespace EdgeAgent.Tests.Package;

/// <summary>An older agent over a newer one is refused; dpkg tells the version that is or was installed.</summary>
public sealed class PreinstTests : IDisposable
{
    private readonly Scripts _scripts = new();

    public void Dispose() => _scripts.Dispose();

    private Task<(int Code, string Error)> RunAsync(string version, string[] arguments, params (string, string)[] variables)
    {
        if (!File.Exists("/usr/bin/dpkg")) Assert.Skip("needs dpkg, which compares Debian versions");
        var script = _scripts.File("preinst");
        File.WriteAllText(script, File.ReadAllText(Scripts.Source("deb/preinst")).Replace("@VERSION@", version, StringComparison.Ordinal));
        return _scripts.RunAsync(script, arguments, variables);
    }

    [Theory]
    [InlineData("0.1.0", 0, "install")]
    [InlineData("0.2.0", 0, "upgrade", "0.1.0")]
    [InlineData("0.1.0", 0, "upgrade", "0.1.0")]
    [InlineData("0.10.0", 0, "upgrade", "0.9.0")]
    [InlineData("0.9.0", 1, "upgrade", "0.10.0")]
    [InlineData("0.1.0", 1, "install", "0.2.0")] // removed, and its state is still there
    [InlineData("0.1.0", 0, "abort-upgrade", "0.2.0")]
    public async Task Preinst_OlderOverNewer_IsRefused(string version, int code, params string[] arguments)
    {
        var (found, error) = await RunAsync(version, arguments);
        Assert.Equal(code, found);
        if (code != 0) Assert.Contains("touch /etc/edge-agent/allow-downgrade", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preinst_Forced_IsAllowed() =>
        Assert.Equal(0, (await RunAsync("0.1.0", ["upgrade", "0.2.0"], ("EDGE_AGENT_ALLOW_DOWNGRADE", "yes"))).Code);
}
