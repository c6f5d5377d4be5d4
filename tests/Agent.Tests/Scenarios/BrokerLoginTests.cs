using System.Diagnostics;
using System.Text.Json.Nodes;
using EdgeAgent.Cli;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Cli;
using EdgeAgent.Tests.Mqtt;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>
/// The verbs against the broker that provisioning/mosquitto sets up: TLS, passwords and access rules. Its files are used as shipped,
/// with other paths and port.
/// </summary>
public sealed class BrokerLoginTests : IDisposable
{
    private readonly TemporaryDirectory _files = new();
    private readonly TestAuthority _authority, _other;

    public BrokerLoginTests()
    {
        _authority = new TestAuthority(_files.Path, "ca");
        _other = new TestAuthority(_files.Path, "other-ca");
        File.WriteAllText(_files.File("secret"), "plant-secret\n");
        File.WriteAllText(_files.File("wrong"), "guess\n");
    }

    public void Dispose()
    {
        _authority.Dispose();
        _other.Dispose();
        _files.Dispose();
    }

    private async Task<Mosquitto> BrokerAsync(string certificate)
    {
        if (OperatingSystem.IsWindows() || Mosquitto.Find("mosquitto_passwd") is null) Assert.Skip("mosquitto is not installed");
        await MosquittoUsers.AddAsync(_files.Path, "plant-secret", ("fleet", "fleet"), ("terminal", "terminal"));
        if (!OperatingSystem.IsWindows())
            foreach (var file in Directory.GetFiles(_files.Path)) File.SetUnixFileMode(file, (UnixFileMode)0b110_100_100);
        return await Mosquitto.StartAsync(MosquittoUsers.Configuration(_files.Path, certificate), tls: true);
    }

    private string[] Login(BrokerAddress broker, string user = "fleet") =>
        ["--broker", $"{broker}", "--user", user, "--password-file", _files.File("secret"), "--cafile", _authority.PemPath];

    [Fact]
    public async Task Verbs_WithALogin_ReachTheSecuredBroker()
    {
        _authority.Issue("broker");
        await using var mosquitto = await BrokerAsync("broker");
        var login = Login(mosquitto.Broker);
        var (code, output, error) = await AgentProcess.RunAsync(null, ["fleet", "status", "--json", .. login]);
        Assert.True(code == 0, error);
        Assert.Empty(JsonNode.Parse(output)!["devices"]!.AsArray());
        (code, _, error) = await AgentProcess.RunAsync(null, ["top", "--json", "--seconds", "0.1", .. login]);
        Assert.True(code == 0, error);
        (code, output, error) = await AgentProcess.RunAsync(null, ["answers", "purge", "--match", "x", .. login]);
        Assert.Equal(("0 of 0 devices\n", ""), (output, error));
        (code, _, error) = await AgentProcess.RunAsync(null, ["ask", "SP-14?", "--timeout", "1", .. Login(mosquitto.Broker, "terminal")]);
        Assert.Equal(1, code);
        Assert.Contains("no reply from device 'edge-1'", error, StringComparison.Ordinal); // it is asked, and nobody is there
        File.WriteAllText(_files.File("profile.json"),
            $$"""{"broker":"{{mosquitto.Broker}}","user":"fleet","password_file":"secret","cafile":"ca.pem","site":"plant"}""");
        (code, _, error) = await AgentProcess.RunAsync(null, "fleet", "abort", "--profile", _files.File("profile.json"));
        Assert.Equal((2, "edge-agent: there is no rollout on the broker\n"), (code, error));
    }

    [Theory]
    [InlineData("broker", "wrong", "ca", "refused: the user name or the password is wrong")]
    [InlineData("named", "secret", "ca", "certificate of another name: it is for 'other-host', and not for '127.0.0.1'")]
    [InlineData("ended", "secret", "ca", "expired: it was valid until ")]
    [InlineData("broker", "secret", "other-ca", "unknown CA: it is signed by 'edge-agent test ca'")]
    [InlineData("broker", "secret", "", "unknown CA: it is signed by 'edge-agent test ca'")]
    [InlineData("broker", "secret", "secret", "expected certificates in PEM in the CA file")]
    public async Task Connect_Refused_SaysWhyInWords(string certificate, string password, string authority, string words)
    {
        _authority.Issue("broker");
        _authority.Issue("named", host: "other-host");
        _authority.Issue("ended", endsInHours: -30);
        await using var mosquitto = await BrokerAsync(certificate);
        var access = new BrokerAccess(mosquitto.Broker, new BrokerCredentials("fleet", _files.File(password),
            authority.Length == 0 ? "" : _files.File(authority == "secret" ? "secret" : authority + ".pem")));
        var fleet = await Assert.ThrowsAsync<IOException>(() =>
            FleetClient.ConnectAsync(access, "f", (_, _) => { }, TestContext.Current.CancellationToken));
        Assert.StartsWith($"cannot reach the broker {mosquitto.Broker}: ", fleet.Message, StringComparison.Ordinal);
        Assert.Contains(words, fleet.Message, StringComparison.Ordinal);
        var terminal = await Assert.ThrowsAsync<IOException>(() =>
            TerminalClient.ConnectAsync(access, "t", version5: true, TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Contains(words, terminal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("want TLS (mqtts://)", "mqtt")]
    [InlineData("speak TLS", "mqtts")]
    public async Task Connect_TlsOnOneSideOnly_SaysSo(string words, string scheme)
    {
        _authority.Issue("broker");
        await using var mosquitto = scheme == "mqtt" ? await BrokerAsync("broker") : await Mosquitto.StartAsync();
        var address = mosquitto.Broker with { Tls = scheme == "mqtts" };
        var error = await Assert.ThrowsAsync<IOException>(() =>
            FleetClient.ConnectAsync(address, "f", (_, _) => { }, TestContext.Current.CancellationToken));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    /// <summary>The broker is restarted under a client: it connects again, and hears and says what it did before.</summary>
    [Fact]
    public async Task FleetClient_BrokerRestart_ConnectsAgainAndSaysSo()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var mosquitto = await Mosquitto.StartAsync();
        var said = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var heard = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var client = await FleetClient.ConnectAsync(mosquitto.Broker, "f", (topic, _) => heard.Enqueue(topic), cancellation,
            new ConnectionReport(said.Enqueue));
        await client.SubscribeAsync("edge/v1/local/+/state", cancellation);
        await mosquitto.StopAsync();
        await Waiting.ForAsync(() => !said.IsEmpty);
        var publish = client.PublishAsync("edge/v1/local/d1/state", new byte[1], retain: false, cancellation);
        await mosquitto.StartAgainAsync();
        await publish.WaitAsync(Waiting.Limit, cancellation);
        await Waiting.ForAsync(() => !heard.IsEmpty);
        await Waiting.ForAsync(() => said.Count == 2);
        Assert.Equal(2, client.Connections);
        Assert.Contains("lost the connection", said.First(), StringComparison.Ordinal);
        Assert.Contains("again", said.Last(), StringComparison.Ordinal);
    }

    /// <summary>A broker that does not come back: the verb ends with a sentence.</summary>
    [Fact]
    public async Task FleetClient_BrokerGoneForGood_GivesUpWithASentence()
    {
        await using var mosquitto = await Mosquitto.StartAsync();
        await using var client = await FleetClient.ConnectAsync(mosquitto.Broker, "f", (_, _) => { },
            TestContext.Current.CancellationToken, new ConnectionReport(_ => { }, TimeSpan.Zero));
        await mosquitto.StopAsync();
        var error = await Assert.ThrowsAsync<IOException>(() =>
            client.PublishAsync("a/b", new byte[1], retain: false, TestContext.Current.CancellationToken).WaitAsync(Waiting.Limit));
        await Waiting.ForAsync(() => Record.Exception(client.ThrowIfGone) is not null);
        Assert.Contains("given up", Assert.Throws<IOException>(client.ThrowIfGone).Message, StringComparison.Ordinal);
        Assert.NotNull(error);
    }

    /// <summary>The user's own profile counts without a word, but only for the broker it names: others do not get its password.</summary>
    [Theory]
    [InlineData(null, "expected a password file; found no file")]
    [InlineData("mqtt://127.0.0.1:1", "expected a password file; found no file")]
    [InlineData("mqtt://127.0.0.1:2", "cannot reach the broker mqtt://127.0.0.1:2: nothing listens on port 2")]
    public async Task Profile_OfTheUser_CountsForItsBrokerAlone(string? broker, string words)
    {
        Directory.CreateDirectory(_files.File("edge-agent"));
        File.WriteAllText(Path.Combine(_files.File("edge-agent"), "broker.json"),
            """{"broker":"mqtt://127.0.0.1:1","user":"fleet","password_file":"none"}""");
        var info = AgentProcess.Info(["fleet", "status", .. broker is null ? Array.Empty<string>() : ["--broker", broker]]);
        info.Environment["XDG_CONFIG_HOME"] = _files.Path;
        using var process = Process.Start(info)!;
        process.StandardInput.Close();
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "expected a profile of broker, site, user")]
    [InlineData("""{"pasword_file":"x"}""", "pasword_file")]
    [InlineData("""{"broker":"http://x"}""", "must be mqtt://host[:port] or mqtts://host[:port], found 'http://x'")]
    [InlineData("""{"cafile":"none.pem"}""", "expected a CA file; found no file")]
    [InlineData("""{"key":"ca.pem"}""", "--key goes with --cert")]
    [InlineData("""{"password_file":"secret"}""", "--password-file goes with --user")]
    [InlineData("""{"cafile":"ca.pem"}""", "go with TLS: expected mqtts://")]
    public async Task Profile_ThatCannotBeUsed_IsRefusedInASentence(string profile, string words)
    {
        File.WriteAllText(_files.File("p.json"), profile);
        var (code, _, error) = await FlowConsole.RunAsync("", () => EntryPoint.RunAsync(
            ["fleet", "status", "--profile", _files.File("p.json")], TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Equal(2, code);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }
}
