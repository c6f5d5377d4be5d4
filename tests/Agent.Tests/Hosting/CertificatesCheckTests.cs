using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Health;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Mqtt;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Hosting;

public sealed class CertificatesCheckTests : IDisposable
{
    private readonly TemporaryDirectory _keys = new();

    public CertificatesCheckTests()
    {
        using var authority = new TestAuthority(_keys.Path, "ca");
        authority.Issue("device", endsInHours: 90 * 24);
        authority.Issue("other");
        authority.Revoke("list"); // in date for three days
    }

    public void Dispose() => _keys.Dispose();

    /// <param name="days">From now, by the device's clock.</param>
    [Theory]
    [InlineData("device", "device", "", -60, HealthSeverity.Failure, "the client certificate begins on 20")]
    [InlineData("device", "device", "", 0, HealthSeverity.Good, "in date")]
    [InlineData("device", "device", "", 65, HealthSeverity.Warning, "the client certificate ends on 20")]
    [InlineData("device", "device", "", 91, HealthSeverity.Failure, "the client certificate ended on 20")]
    [InlineData("device", "other", "", 0, HealthSeverity.Failure, "its private key")]
    [InlineData("", "", "list.crl", 2, HealthSeverity.Good, "in date")]
    [InlineData("", "", "list.crl", 4, HealthSeverity.Warning, "out of date since 20")]
    [InlineData("", "", "ca.pem", 0, HealthSeverity.Failure, "expected revocation lists in PEM")]
    [InlineData("", "", "", 0, HealthSeverity.Good, "in date")]
    public void Check_SaysWhatIsTheCase(string certificate, string key, string crl, double days, object severity, string words)
    {
        var settings = new AgentSettings
        {
            Mqtt = new MqttOptions
            {
                CertificateFile = certificate.Length == 0 ? "" : _keys.File(certificate + ".pem"),
                KeyFile = key.Length == 0 ? "" : _keys.File(key + ".key"),
                CrlFile = crl.Length == 0 ? "" : _keys.File(crl)
            }
        };
        var finding = new CertificatesCheck(settings, new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(days))).Check();
        Assert.Equal(severity, finding.Severity);
        Assert.Contains(words, finding.Found, StringComparison.Ordinal);
        Assert.Equal(finding.Severity != HealthSeverity.Good, finding.Remedy is not null);
    }
}
