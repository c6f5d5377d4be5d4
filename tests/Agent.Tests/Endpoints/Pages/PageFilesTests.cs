using System.Net;
using EdgeAgent.Endpoints.Http;
using EdgeAgent.Endpoints.Pages;
using EdgeAgent.Tests.Endpoints.Http;

namespace EdgeAgent.Tests.Endpoints.Pages;

/// <summary>The built pages over the real server.</summary>
public sealed class PageFilesTests : IDisposable
{
    private readonly TemporaryDirectory _pages = new();

    public PageFilesTests()
    {
        Directory.CreateDirectory(_pages.File("assets"));
        File.WriteAllText(_pages.File("index.html"), "<!doctype html>页");
        File.WriteAllText(_pages.File("assets/kiosk.js"), "export {};");
        File.WriteAllText(_pages.File("assets/kiosk.js.map"), "{}");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task<HttpRig> StartAsync(bool isOpen = true, Func<HttpOptions, HttpOptions>? change = null)
    {
        var rig = await HttpRig.StartAsync(isOpen: false, change: change);
        rig.Dispatcher.OpenPages(PageFiles.Load(_pages.Path));
        if (isOpen) rig.Dispatcher.Open(rig.Resources);
        return rig;
    }

    [Theory]
    [InlineData("", "text/html", "<!doctype html>页")]
    [InlineData("assets/kiosk.js", "text/javascript", "export {};")]
    public async Task File_IsServedWithItsTypeAndAStrictPolicy(string path, string type, string body)
    {
        await using var rig = await StartAsync();
        using var response = await rig.Client.GetAsync(path, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(body, await response.Content.ReadAsStringAsync(Token));
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
    }

    /// <summary>A screen that is switched on together with the device gets a page that says that the device starts.</summary>
    [Fact]
    public async Task Page_WhileTheAgentLoads_IsServed()
    {
        await using var rig = await StartAsync(isOpen: false);
        Assert.Equal(HttpStatusCode.OK, (await rig.Client.GetAsync("", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await rig.Client.GetAsync("health", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await rig.AskAsync(HttpRig.Question())).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await rig.Client.GetAsync("nowhere", Token)).StatusCode);
    }

    [Theory]
    [InlineData("assets/kiosk.js.map")]
    [InlineData("assets/")]
    [InlineData("assets/../../../etc/passwd")]
    [InlineData("%2e%2e/index.html")]
    [InlineData("index.html")]
    [InlineData("nowhere")]
    public async Task Path_ThatIsNoFileOfThePages_IsNotFound(string path)
    {
        await using var rig = await StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await rig.Client.GetAsync(path, Token)).StatusCode);
    }

    [Fact]
    public async Task Page_OfAStrangersName_IsRefused()
    {
        await using var rig = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "") { Headers = { Host = "evil.example" } };
        Assert.Equal(HttpStatusCode.Forbidden, (await rig.Client.SendAsync(request, Token)).StatusCode);
    }

    /// <summary>The page asks for the key; what it asks then needs one.</summary>
    [Fact]
    public async Task Page_WithApiKeys_IsServedWithoutOne()
    {
        var keys = _pages.File("keys");
        await File.WriteAllTextAsync(keys, $"kiosk {new string('0', 64)}\n", Token);
        await using var rig = await StartAsync(change: o => o with { ApiKeysFile = keys });
        Assert.Equal(HttpStatusCode.OK, (await rig.Client.GetAsync("", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await rig.AskAsync(HttpRig.Question())).StatusCode);
    }

    [Fact]
    public async Task Pages_NotBuilt_RootSaysSoAndTheApiServes()
    {
        File.Delete(_pages.File("index.html"));
        await using var rig = await StartAsync();
        using var response = await rig.Client.GetAsync("", Token);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("pages were not built", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await rig.AskAsync(HttpRig.Question())).StatusCode);
    }

    public void Dispose() => _pages.Dispose();
}
