using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace EdgeAgent.Tests.Package;

/// <summary>The script of the kiosk units, with a browser of the test's own.</summary>
public sealed partial class KioskScriptTests : IDisposable
{
    private readonly Scripts _scripts = new() { Shell = "bash" };
    private readonly TcpListener _page = new(IPAddress.Loopback, 0);

    public KioskScriptTests() => _page.Start();

    public void Dispose()
    {
        _page.Dispose();
        _scripts.Dispose();
    }

    private string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_page.LocalEndpoint).Port}/");

    private Task<(int Code, string Error)> RunAsync(string url, params (string, string)[] more) =>
        _scripts.RunAsync(Scripts.Source("kiosk"), [], [("KIOSK_URL", url), ("STATE_DIRECTORY", _scripts.File("state")), .. more]);

    /// <summary>On a bare X server nobody else makes the window as large as the screen.</summary>
    [Theory]
    [InlineData("", "chromium --kiosk --window-position=0,0 --window-size=1024,600 --user-data-dir=")]
    [InlineData("wayland-0", "chromium --kiosk --user-data-dir=")]
    public async Task Run_PageIsThere_ShowsItAloneAndResolvesNoOtherName(string wayland, string begin)
    {
        _scripts.Fake("chromium", "");
        _scripts.Fake("xrandr", "echo 'Screen 0: minimum 320 x 200, current 1024 x 600, maximum 8192 x 8192'");
        Assert.Equal((0, ""), await RunAsync(Url, ("WAYLAND_DISPLAY", wayland),
            ("KIOSK_FLAGS", "--kiosk-printing --force-device-scale-factor=1.5")));
        var call = _scripts.Log.TrimEnd('\n').Split('\n')[^1];
        Assert.StartsWith(begin, call, StringComparison.Ordinal);
        Assert.Contains("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1 ", call, StringComparison.Ordinal);
        Assert.Contains($"--user-data-dir={_scripts.File("state")}/profile ", call, StringComparison.Ordinal);
        Assert.EndsWith($" --kiosk-printing --force-device-scale-factor=1.5 {Url}", call, StringComparison.Ordinal);
    }

    /// <summary>A browser that comes before the page would show an error for good.</summary>
    [Fact]
    public async Task Run_PageIsNotThereYet_WaitsForIt()
    {
        var (url, port) = (Url, ((IPEndPoint)_page.LocalEndpoint).Port);
        _page.Stop();
        _scripts.Fake("chromium", "");
        // the clock of the test: a second that the script waits is when the page appears
        _scripts.Fake("sleep", $": >'{_scripts.File("waited")}'; while [ ! -e '{_scripts.File("open")}' ]; do /bin/sleep 0.05; done");
        var run = RunAsync(url);
        await Waiting.ForAsync(() => File.Exists(_scripts.File("waited")));
        Assert.DoesNotContain("chromium", _scripts.Log, StringComparison.Ordinal);
        using var page = new TcpListener(IPAddress.Loopback, port); // the old one would take another port
        page.Start();
        await File.WriteAllTextAsync(_scripts.File("open"), "", TestContext.Current.CancellationToken);
        Assert.Equal((0, $"edge-agent-kiosk: waiting for {url}\n"), await run);
        Assert.Contains("chromium --kiosk", _scripts.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://127.0.0.1/")]
    [InlineData("127.0.0.1:8080")]
    [InlineData("http://127.0.0.1:x/")]
    public async Task Run_AddressIsNone_EndsWith2AndSaysWhatWasExpected(string url)
    {
        _scripts.Fake("chromium", "");
        var (code, error) = await RunAsync(url);
        Assert.Equal(2, code);
        Assert.Contains($"KIOSK_URL must be http://ADDRESS:PORT/ or https://ADDRESS:PORT/, found '{url}'", error, StringComparison.Ordinal);
        Assert.Equal("", _scripts.Log);
    }

    [Fact]
    public async Task Run_WithoutItsBrowser_EndsWith2AndNamesIt()
    {
        var (code, error) = await RunAsync(Url, ("KIOSK_BROWSER", "/nowhere/chromium"));
        Assert.Equal(2, code);
        Assert.Contains("there is no browser at /nowhere/chromium", error, StringComparison.Ordinal);
    }

    /// <summary>Both units show the same script, exclude each other, have a user of their own, and the package enables neither.</summary>
    [Theory]
    [InlineData("edge-agent-kiosk", "edge-agent-kiosk-x11")]
    [InlineData("edge-agent-kiosk-x11", "edge-agent-kiosk")]
    public void Units_AreOffAndKeepToThemselves(string unit, string other)
    {
        var text = File.ReadAllText(Scripts.Source($"{unit}.service"));
        Assert.Matches(new Regex("^ExecStart=/usr/bin/(cage|xinit) .*/usr/lib/edge-agent/kiosk", RegexOptions.Multiline), text);
        Assert.Matches(new Regex($"^Conflicts=.*{other}.service", RegexOptions.Multiline), text);
        Assert.Contains("\nUser=edge-kiosk\n", text, StringComparison.Ordinal);
        Assert.Contains("\nRestartPreventExitStatus=2\n", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(Enabling(), File.ReadAllText(Scripts.Source("deb/postinst")));
        Assert.Contains("u edge-kiosk ", File.ReadAllText(Scripts.Source("sysusers.conf")), StringComparison.Ordinal);
    }

    [GeneratedRegex("(enable|start) .*kiosk")]
    private static partial Regex Enabling();
}
