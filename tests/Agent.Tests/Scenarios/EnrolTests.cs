using System.Diagnostics;
using System.Text.Json.Nodes;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Cli;
using EdgeAgent.Tests.Mqtt;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>A device joins a site's mosquitto, with a certificate and with a password, and every refusal says what to do.</summary>
public sealed class EnrolTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private readonly TestAuthority _authority, _other;

    public EnrolTests()
    {
        _authority = new TestAuthority(_root.Path, "ca");
        _other = new TestAuthority(_root.Path, "other-ca");
        _authority.Issue("server");
        _authority.Issue("named", host: "other-host");
        _authority.Issue("ended", endsInHours: -30);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _other.Dispose();
        _root.Dispose();
    }

    private const string ByCertificate = "require_certificate true\nuse_identity_as_username true";

    private Task<Mosquitto> BrokerAsync(string certificate = "server", string more = ByCertificate) =>
        Mosquitto.StartAsync($"cafile {_root.File("ca.pem")}\ncertfile {_root.File(certificate + ".pem")}\n" +
            $"keyfile {_root.File(certificate + ".key")}\n{more}", tls: true);

    private async Task<(int Code, string Output, string Error)> EnrolAsync(string broker, params string[] more) =>
        await AgentProcess.RunAsync(null, ["enrol", "--site", "hall-3", "--device", "cell-12", "--broker", broker, "--config",
            _root.File("etc/agent.json"), .. more]);

    /// <summary>Request, signature, certificate, tested link; then the doctor is content with broker and certificates.</summary>
    [Fact]
    public async Task Enrol_WithACertificate_IsConnected()
    {
        await using var mosquitto = await BrokerAsync();
        var url = mosquitto.Broker.ToString();
        var (code, output, error) = await EnrolAsync(url, "--csr", _root.File("device.csr"));
        Assert.True(code == 0, error);
        Assert.Contains("have your authority sign it", output, StringComparison.Ordinal);
        Assert.False(File.Exists(_root.File("etc/agent.json")));
        await File.WriteAllTextAsync(_root.File("signed.pem"), _authority.Sign(File.ReadAllText(_root.File("device.csr"))),
            TestContext.Current.CancellationToken);
        (code, output, error) = await EnrolAsync(url, "--cert", _root.File("signed.pem"), "--cafile", _authority.PemPath);
        Assert.True(code == 0, error);
        Assert.Contains("takes the login, the subscriptions and the state of 'cell-12'", output, StringComparison.Ordinal);
        await using (var seen = await FleetClientAsync(mosquitto)) // offline until the service starts, and not unknown
            await Waiting.ForAsync(() => seen.Heard.Any(t => t == "edge/v1/hall-3/cell-12/state"));
        (code, output, _) = await AgentProcess.RunAsync(null, "doctor", "--json", "--config", _root.File("etc/agent.json"), "--state",
            _root.File("state"), "--bundle", _root.File("support.tar.gz"));
        var findings = JsonNode.Parse(output)!["findings"]!.AsArray();
        string Of(string check, string what) => findings.First(f => (string)f!["check"]! == check)![what]!.GetValue<string>();
        Assert.Equal("good", Of("broker", "severity"));
        Assert.Equal("warning", Of("certificates", "severity")); // the test's certificate ends within a day
        Assert.Equal("good", Of("student", "severity"));
        Assert.True(code == 0, output);
        Assert.True(new FileInfo(_root.File("support.tar.gz")).Length > 0);
    }

    private sealed record Watcher(FleetClient Client, System.Collections.Concurrent.ConcurrentQueue<string> Heard) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Client.DisposeAsync();
    }

    private async Task<Watcher> FleetClientAsync(Mosquitto mosquitto)
    {
        _authority.Issue("watcher");
        var heard = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var client = await FleetClient.ConnectAsync(new BrokerAccess(mosquitto.Broker, new BrokerCredentials(CaFile: _authority.PemPath,
            CertificateFile: _root.File("watcher.pem"), KeyFile: _root.File("watcher.key"))), "watcher", (topic, _) => heard.Enqueue(topic),
            TestContext.Current.CancellationToken);
        await client.SubscribeAsync("edge/v1/hall-3/+/state", TestContext.Current.CancellationToken);
        return new Watcher(client, heard);
    }

    [Theory]
    [InlineData("server", "other-ca", "unknown CA", "is not the authority of this broker")]
    [InlineData("named", "ca", "certificate of another name", "use one of the certificate's names in --broker")]
    [InlineData("ended", "ca", "expired", "renew the broker's certificate")]
    [InlineData("server", "ca", "the broker closed the connection", "--cert")] // it wants a client certificate
    public async Task Enrol_Refused_SaysWhatToDo(string certificate, string authority, string words, string remedy)
    {
        await using var mosquitto = await BrokerAsync(certificate);
        var (code, _, error) = await EnrolAsync(mosquitto.Broker.ToString(), "--cafile", _root.File(authority + ".pem"));
        Assert.Equal(1, code);
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.Contains("do: ", error, StringComparison.Ordinal);
        Assert.Contains(remedy, error[error.IndexOf("do: ", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Enrol_WithAPassword_AndAWrongOne()
    {
        if (Mosquitto.Find("mosquitto_passwd") is not { } passwd) { Assert.Skip("mosquitto is not installed"); return; }
        await File.WriteAllTextAsync(_root.File("secret"), "plant-secret\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_root.File("wrong"), "guess\n", TestContext.Current.CancellationToken);
        using (var made = Process.Start(new ProcessStartInfo(passwd, ["-b", "-c", _root.File("passwords"), "cell-12", "plant-secret"])
        { RedirectStandardError = true })!)
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_root.File("passwords"), (UnixFileMode)0b110_100_100);
        await using var mosquitto = await BrokerAsync(more: $"allow_anonymous false\npassword_file {_root.File("passwords")}");
        var url = mosquitto.Broker.ToString();
        var (code, _, error) = await EnrolAsync(url, "--cafile", _authority.PemPath, "--user", "cell-12", "--password-file",
            _root.File("wrong"));
        Assert.Equal(1, code);
        Assert.Contains("refused", error, StringComparison.Ordinal);
        Assert.Contains("set the password of 'cell-12' at the broker", error, StringComparison.Ordinal);
        (code, var output, error) = await EnrolAsync(url, "--cafile", _authority.PemPath, "--user", "cell-12", "--password-file",
            _root.File("secret"), "--json");
        Assert.True(code == 0, error);
        Assert.Null(JsonNode.Parse(output)!["problem"]);
        Assert.DoesNotContain("plant-secret", output + File.ReadAllText(_root.File("etc/agent.json")), StringComparison.Ordinal);
        Assert.Equal("plant-secret\n", File.ReadAllText(_root.File($"etc/credentials/{DeviceCredentials.Password}")));
    }

    [Theory]
    [InlineData("--broker must be", "http://x")]
    [InlineData("--csr, --cert and --cafile go with TLS", "mqtt://127.0.0.1", "--csr", "x")]
    [InlineData("--force goes with --csr", "mqtts://127.0.0.1", "--force")]
    [InlineData("--cert expects a file", "mqtts://127.0.0.1", "--cert", "/does/not/exist")]
    public async Task Enrol_WrongCommandLine_IsExitCodeTwo(string words, string broker, params string[] more)
    {
        var (code, _, error) = await EnrolAsync(broker, more);
        Assert.Equal(2, code);
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_root.File("etc")));
    }
}
