using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Endpoints.Http;
using EdgeAgent.Tests.Mqtt;
using EdgeAgent.Tests.Queries;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Endpoints.Http;

/// <summary>What every request meets before a resource sees it.</summary>
public sealed class HttpDispatcherTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task<(HttpStatusCode Status, string? Code)> SendAsync(HttpRig rig, HttpMethod method, string path,
        string? host = null, string? origin = null, string? key = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        if (method == HttpMethod.Post) request.Content = new StringContent(HttpRig.Question(), Encoding.UTF8, type);
        if (host is not null) request.Headers.Host = host;
        if (origin is not null) request.Headers.Add("Origin", origin);
        if (key is not null) request.Headers.Add("Authorization", "Bearer " + key);
        using var response = await rig.Client.SendAsync(request, Token);
        var body = await response.Content.ReadAsStringAsync(Token);
        return (response.StatusCode, body.Length == 0 ? null : (string?)JsonNode.Parse(body)!["error"]?["code"]);
    }

    private static Task<(HttpStatusCode Status, string? Code)> AskAsync(HttpRig rig, string? host = null, string? origin = null,
        string? key = null, string type = "application/json") =>
        SendAsync(rig, HttpMethod.Post, "v1/chat/completions", host, origin, key, type);

    [Theory]
    [InlineData(null, HttpStatusCode.OK)]
    [InlineData("localhost:8080", HttpStatusCode.OK)]
    [InlineData("LOCALHOST", HttpStatusCode.OK)]
    [InlineData("[::1]:8080", HttpStatusCode.OK)]
    [InlineData("kiosk.plant", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.Forbidden)]
    [InlineData("evil.example:8080", HttpStatusCode.Forbidden)]
    [InlineData("localhost.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("10.0.0.7", HttpStatusCode.Forbidden)]
    public async Task Host_OfAStranger_IsRefused(string? host, HttpStatusCode expected)
    {
        await using var rig = await HttpRig.StartAsync(change: o => o with { Hosts = ["kiosk.plant"] });
        Assert.Equal(expected, (await AskAsync(rig, host)).Status);
    }

    [Theory]
    [InlineData("http://localhost:8080", HttpStatusCode.OK)]
    [InlineData("http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    public async Task Origin_OfAStrangersPage_IsRefused(string origin, HttpStatusCode expected)
    {
        await using var rig = await HttpRig.StartAsync();
        Assert.Equal(expected, (await AskAsync(rig, origin: origin)).Status);
    }

    /// <summary>A form of a stranger's page can send these without asking; JSON it cannot.</summary>
    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task Body_OfAForm_IsRefused(string type)
    {
        var student = new ScriptedStudent();
        await using var rig = await HttpRig.StartAsync(student);
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "unsupported_media_type"), await AskAsync(rig, type: type));
        Assert.Equal(0, student.Calls);
    }

    [Theory]
    [InlineData("GET", "v1/chat/completions", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    [InlineData("OPTIONS", "v1/chat/completions", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    [InlineData("GET", "v1/embeddings", HttpStatusCode.NotFound, "not_found")]
    [InlineData("GET", "v1/chat/completions/../../etc/passwd", HttpStatusCode.NotFound, "not_found")]
    public async Task Path_NotServed_IsRefused(string method, string path, HttpStatusCode status, string code)
    {
        await using var rig = await HttpRig.StartAsync();
        Assert.Equal((status, code), await SendAsync(rig, new HttpMethod(method), path));
    }

    [Fact]
    public async Task Agent_ThatLoads_Says503Everywhere()
    {
        await using var rig = await HttpRig.StartAsync(isOpen: false);
        using (var health = await rig.Client.GetAsync("health", Token))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
            Assert.Equal("loading", (string?)JsonNode.Parse(await health.Content.ReadAsStringAsync(Token))!["status"]);
        }
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), await AskAsync(rig));
        rig.Dispatcher.Open(rig.Resources);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(rig)).Status);
    }

    [Fact]
    public async Task ApiKeys_WhereConfigured_AreNeeded()
    {
        using var directory = new TemporaryDirectory();
        var hash = Convert.ToHexStringLower(SHA256.HashData("test-key-1"u8));
        await File.WriteAllTextAsync(directory.File("keys"), $"# test keys\n\nhmi-7 {hash}\n", Token);
        await using var rig = await HttpRig.StartAsync(change: o => o with { ApiKeysFile = directory.File("keys") });
        Assert.Equal((HttpStatusCode.Unauthorized, "unauthorized"), await AskAsync(rig));
        Assert.Equal((HttpStatusCode.Unauthorized, "unauthorized"), await AskAsync(rig, key: "test-key-2"));
        Assert.Equal((HttpStatusCode.Unauthorized, "unauthorized"), await AskAsync(rig, key: hash));
        Assert.Equal((HttpStatusCode.Unauthorized, "unauthorized"), await SendAsync(rig, HttpMethod.Get, "v1/nothing"));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(rig, key: "test-key-1")).Status);
    }

    [Theory]
    [InlineData("hmi-7 abcd")]
    [InlineData("hmi-7")]
    [InlineData("# nothing\n")]
    public void ApiKeys_DamagedFile_SaysLineAndWhatIsExpected(string content)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("keys"), content);
        var e = Assert.Throws<InvalidDataException>(() => ApiKeys.Load(directory.File("keys")));
        Assert.Contains(directory.File("keys"), e.Message, StringComparison.Ordinal);
        Assert.Contains(content[0] == '#' ? "at least one" : "line 1: expected a name", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ThatCallsTooOften_IsToldWhenToComeBack()
    {
        await using var rig = await HttpRig.StartAsync(change: o => o with { RequestsPerSecond = 1 });
        var answers = new List<(HttpStatusCode Status, string? Code)>();
        // two at once; a slow machine earns one or two more
        for (var i = 0; i < 50 && !answers.Exists(a => a.Code == "overloaded"); i++) answers.Add(await AskAsync(rig));
        Assert.Equal((HttpStatusCode.TooManyRequests, "overloaded"), answers[^1]);
        Assert.Equal(HttpStatusCode.OK, answers[0].Status);
    }

    [Fact]
    public void Rates_OfOneClient_DoNotTouchAnother()
    {
        var clock = new FakeTimeProvider();
        var rates = new ClientRates(() => 2, clock);
        for (var i = 0; i < 4; i++) Assert.Null(rates.Take("a"));
        Assert.Equal(TimeSpan.FromSeconds(0.5), rates.Take("a"));
        Assert.Null(rates.Take("b"));
        clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Null(rates.Take("a"));
        Assert.NotNull(rates.Take("a"));
    }

    /// <summary>Addresses that an attacker invents fill no memory: beyond the bound the new ones share a bucket.</summary>
    [Fact]
    public void Rates_MoreClientsThanRemembered_ShareOneBucket()
    {
        var clock = new FakeTimeProvider();
        var rates = new ClientRates(() => 1, clock);
        for (var i = 0; i < ClientRates.MaxClients; i++) Assert.Null(rates.Take($"c{i}"));
        Assert.Null(rates.Take("x"));
        Assert.Null(rates.Take("y"));
        Assert.NotNull(rates.Take("z"));
        clock.Advance(TimeSpan.FromMinutes(1)); // all have rested and are forgotten
        Assert.Null(rates.Take("z"));
        Assert.Null(rates.Take("z"));
        Assert.NotNull(rates.Take("z"));
    }

    [Theory]
    [InlineData("0.0.0.0:8080", false, 1)]
    [InlineData("[::]:8080", false, 1)]
    [InlineData("192.168.1.7:8080", false, 1)]
    [InlineData("0.0.0.0:8080", true, 0)]
    [InlineData("127.0.0.1:8080", false, 0)]
    [InlineData("[::1]:8080", false, 0)]
    [InlineData("", false, 0)]
    public void Options_BeyondLoopbackWithoutTlsAndKeys_AreRefused(string listen, bool isSecured, int problems)
    {
        var options = new HttpOptions { Listen = listen };
        if (isSecured) options = options with { ApiKeysFile = "k", CertificateFile = "c", KeyFile = "p" };
        Assert.Equal(problems, options.Problems("Http").Count());
        if (isSecured) Assert.NotEmpty((options with { ApiKeysFile = "" }).Problems("Http"));
    }

    [Fact]
    public async Task Tls_WithACertificate_IsSpoken()
    {
        using var directory = new TemporaryDirectory();
        using var authority = new TestAuthority(directory.Path, "ca");
        authority.Issue("server");
        await using var rig = await HttpRig.StartAsync(change: o => o with
        {
            CertificateFile = directory.File("server.pem"),
            KeyFile = directory.File("server.key")
        });
        Assert.Equal("https", rig.Address.Scheme);
        using var trusting = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate!.Subject == "CN=server"
        };
        using var client = new HttpClient(trusting) { BaseAddress = rig.Address };
        using var response = await client.PostAsync("v1/chat/completions", HttpRig.Json(HttpRig.Question()), Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(HttpVersion.Version11, response.Version);
    }
}
