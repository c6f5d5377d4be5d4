using EdgeAgent.Tests.Mqtt;

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
}
