namespace EdgeAgent.Tests.Package;

/// <summary>The script of edge-agent-power.service, with a board's tools replaced by fakes that refuse what the real ones refuse.</summary>
public sealed class PowerModeTests : IDisposable
{
    private readonly Scripts _scripts = new();

    public PowerModeTests()
    {
        var mode = _scripts.File("mode");
        File.WriteAllText(mode, "0");
        File.WriteAllText(_scripts.File("nvfancontrol.conf"), "\tFAN_DEFAULT_CONTROL close_loop\n\tFAN_DEFAULT_PROFILE quiet\n");
        // mode 9 needs a reboot, mode 7 does not exist
        _scripts.Fake("nvpmodel",
            $"case $1 in -q) echo 'NV Power Mode: X'; cat '{mode}';; " +
            $"-m) read a; case $2 in 7) exit 1;; 9) ;; *) printf %s $2 >'{mode}';; esac;; *) exit 2;; esac");
        _scripts.Fake("jetson_clocks", "[ $# = 0 ]");
        _scripts.Fake("systemctl", "[ \"$2\" = nvfancontrol.service ]");
    }

    public void Dispose() => _scripts.Dispose();

    private Task<(int Code, string Error)> RunAsync(string mode, string fan, string clocks) =>
        _scripts.RunAsync(Scripts.Source("power-mode"), [], ("POWER_MODE", mode), ("FAN_PROFILE", fan), ("MAX_CLOCKS", clocks),
            ("FAN_CONFIGURATION", _scripts.File("nvfancontrol.conf")));

    [Fact]
    public async Task Run_NothingConfigured_TouchesNothing()
    {
        Assert.Equal((0, ""), await RunAsync("", "", "no"));
        Assert.Equal("", _scripts.Log);
    }

    [Fact]
    public async Task Run_AllConfigured_SetsModeFanAndClocks()
    {
        Assert.Equal((0, ""), await RunAsync("3", "cool", "yes"));
        Assert.Equal(["nvpmodel -m 3", "nvpmodel -q", "systemctl stop nvfancontrol.service", "systemctl start nvfancontrol.service",
            "jetson_clocks "], _scripts.Log.TrimEnd('\n').Split('\n'));
        Assert.Contains("FAN_DEFAULT_PROFILE cool\n", File.ReadAllText(_scripts.File("nvfancontrol.conf")), StringComparison.Ordinal);
    }

    /// <summary>What cannot be set is named, and the rest is set all the same.</summary>
    [Theory]
    [InlineData("9", "", "yes", "power mode 9 needs a reboot")]
    [InlineData("7", "", "yes", "'nvpmodel -m 7' failed")]
    [InlineData("MAXN", "", "yes", "POWER_MODE must be a number")]
    [InlineData("", "loud", "yes", "FAN_PROFILE must be quiet or cool, found 'loud'")]
    public async Task Run_OneFails_NamesItAndGoesOn(string mode, string fan, string clocks, string said)
    {
        var (code, error) = await RunAsync(mode, fan, clocks);
        Assert.Equal(1, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Contains("jetson_clocks", _scripts.Log, StringComparison.Ordinal);
    }
}
