using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Mqtt;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>
/// The link over TLS with a client certificate, against mosquitto with require_certificate. Keys are made here and thrown away.
/// </summary>
public sealed class TlsTests : IDisposable
{
    private readonly TemporaryDirectory _keys = new();

    public TlsTests()
    {
        using var authority = new TestAuthority(_keys.Path, "ca");
        using var other = new TestAuthority(_keys.Path, "other-ca");
        authority.Issue("server");
        authority.Issue("device");
        other.Issue("stranger");
        other.Issue("strange-server");
        authority.Issue("ended", endsInHours: -1);
        authority.Issue("future", endsInHours: 48, beginsInDays: 1);
        authority.Issue("named", host: "other-host");
        authority.Issue("withdrawn");
        authority.Revoke("revoked", "withdrawn");
        authority.Revoke("revoked-server", "server");
    }

    public void Dispose() => _keys.Dispose();

    private Task<Mosquitto> Broker() =>
        Mosquitto.StartAsync(
            $"cafile {_keys.File("ca.pem")}\ncertfile {_keys.File("server.pem")}\nkeyfile " +
            $"{_keys.File("server.key")}\nrequire_certificate true", tls: true);

    private Task<AgentFixture> Agent(Mosquitto mosquitto, string ca, string certificate) => AgentFixture.StartAsync(s => s with
    {
        Mqtt = s.Mqtt with
        {
            Broker = mosquitto.Broker.ToString(),
            CaFile = _keys.File(ca + ".pem"),
            CertificateFile = _keys.File(certificate + ".pem"),
            KeyFile = _keys.File(certificate + ".key"),
            MaxReconnectDelay = TimeSpan.FromSeconds(1)
        },
    });

    [Fact]
    public async Task Link_ClientCertificate_Connects()
    {
        await using var mosquitto = await Broker();
        await using var agent = await Agent(mosquitto, "ca", "device");
        await agent.Agent.Link.Connected.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("other-ca", "device", "unknown CA: it is signed by 'edge-agent test ca'")]
    [InlineData("ca", "stranger", "No connection")] // the broker does not trust ours
    public async Task Link_WrongCertificates_StaysAwayAndSaysWhy(string ca, string certificate, string words)
    {
        await using var mosquitto = await Broker();
        await using var agent = await Agent(mosquitto, ca, certificate);
        await Waiting.ForAsync(() =>
            agent.Loggers.Lines.Count(l => l.Text.StartsWith("No connection to mqtts://", StringComparison.Ordinal)
                && l.Text.Contains(words, StringComparison.Ordinal)) >= 2);
        Assert.False(agent.Agent.Link.Connected.IsCompleted);
    }

    private MqttConnection Connection(BrokerAddress broker, string certificate = "", string crl = "") =>
        new(new ConnectionProfile(broker, "c")
        {
            Timeout = TimeSpan.FromSeconds(20),
            Credentials = new BrokerCredentials
            {
                CaFile = _keys.File("ca.pem"),
                CertificateFile = certificate.Length == 0 ? "" : _keys.File(certificate + ".pem"),
                KeyFile = certificate.Length == 0 ? "" : _keys.File(certificate + ".key"),
                CrlFile = crl.Length == 0 ? "" : _keys.File(crl + ".crl")
            }
        }, TimeProvider.System, NullLogger.Instance);

    private Task<Mosquitto> Broker(string certificate, string more = "") =>
        Mosquitto.StartAsync($"certfile {_keys.File(certificate + ".pem")}\nkeyfile {_keys.File(certificate + ".key")}\n{more}", tls: true);

    /// <summary>What the device finds wrong with the broker's certificate, and what to do.</summary>
    [Theory]
    [InlineData("server", "", null)] // for an address (IP SAN)
    [InlineData("server", "revoked", null)] // the list names another certificate
    [InlineData("server", "revoked-server", "revoked: its authority has withdrawn it; give the broker a new one")]
    [InlineData("ended", "", "have it renewed")]
    [InlineData("future", "", "check the clock")]
    [InlineData("named", "", "it is for 'other-host', and not for '127.0.0.1'; use a name that it is for")]
    [InlineData("strange-server", "", "unknown CA: it is signed by 'edge-agent test other-ca'")]
    public async Task Connect_BrokersCertificate_IsJudged(string certificate, string crl, string? words)
    {
        await using var mosquitto = await Broker(certificate);
        await using var connection = Connection(mosquitto.Broker, crl: crl);
        var error = await Record.ExceptionAsync(() => connection.ConnectAsync(TestContext.Current.CancellationToken));
        if (words is not null) Assert.Contains(words, ConnectFailure.Cause(error, mosquitto.Broker), StringComparison.Ordinal);
        else
        {
            Assert.Null(error);
            var end = connection.Figures.Now.BrokerCertificateEnd - DateTimeOffset.UtcNow;
            Assert.InRange(end!.Value.TotalHours, 11, 12);
        }
    }

    /// <summary>What the broker finds wrong with the device's certificate, as far as TLS lets it say so.</summary>
    [Theory]
    [InlineData("device", null)]
    [InlineData("", "it asks for a client certificate")]
    [InlineData("stranger", "it does not know who signed the client certificate")]
    [InlineData("ended", "the client certificate has ended")]
    [InlineData("withdrawn", "the client certificate is revoked")]
    public async Task Connect_ClientsCertificate_RefusalSaysWhatToDo(string certificate, string? words)
    {
        await using var mosquitto = await Broker("server",
            $"cafile {_keys.File("ca.pem")}\nrequire_certificate true\ncrlfile {_keys.File("revoked.crl")}");
        await using var connection = Connection(mosquitto.Broker, certificate);
        var error = await Record.ExceptionAsync(() => connection.ConnectAsync(TestContext.Current.CancellationToken));
        for (var e = error; e is not null; e = e.InnerException)
            TestContext.Current.TestOutputHelper?.WriteLine($"{e.GetType().Name}: {e.Message}");
        if (words is null)
        {
            Assert.Null(error);
            return;
        }
        // the alert is lost where the end of the connection overtakes it
        var cause = ConnectFailure.Cause(error, mosquitto.Broker);
        Assert.True(cause.Contains(words, StringComparison.Ordinal) || cause.Contains("does it trust the client", StringComparison.Ordinal),
            cause);
        Assert.Equal(certificate == "ended" ? "; the client certificate ended on " : "",
            ConnectFailure.Ended(connection.Figures.Now.CertificateEnd, DateTimeOffset.UtcNow)[..(certificate == "ended" ? 34 : 0)]);
    }
}
