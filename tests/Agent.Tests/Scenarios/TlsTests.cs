using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
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
        // mosquitto run by root becomes its own user and reads its key from here
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_keys.Path, (UnixFileMode)0b111_101_101);
        using var authority = Authority("ca");
        using var other = Authority("other-ca");
        Issue(authority, "server");
        Issue(authority, "device");
        Issue(other, "stranger");
    }

    public void Dispose() => _keys.Dispose();

    private X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=edge-agent test {name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(_keys.File(name + ".pem"), certificate.ExportCertificatePem());
        return certificate;
    }

    private void Issue(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(12),
            [1, 2, 3, (byte)name.Length]);
        File.WriteAllText(_keys.File(name + ".pem"), certificate.ExportCertificatePem());
        File.WriteAllText(_keys.File(name + ".key"), key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_keys.File(name + ".key"), (UnixFileMode)0b110_100_100);
    }

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
    [InlineData("other-ca", "device")] // the broker's certificate comes from an authority we do not trust
    [InlineData("ca", "stranger")] // the broker does not trust ours
    public async Task Link_WrongCertificates_StaysAwayAndSaysWhy(string ca, string certificate)
    {
        await using var mosquitto = await Broker();
        await using var agent = await Agent(mosquitto, ca, certificate);
        await Waiting.ForAsync(() =>
            agent.Loggers.Lines.Count(l => l.Text.StartsWith("No connection to mqtts://", StringComparison.Ordinal)) >= 2);
        Assert.False(agent.Agent.Link.Connected.IsCompleted);
    }
}
