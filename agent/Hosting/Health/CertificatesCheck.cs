using System.Globalization;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Hosting.Health;

/// <summary>Whether the files of the link's TLS can be used, and for how long.</summary>
internal sealed class CertificatesCheck(AgentSettings settings, TimeProvider clock) : IHealthCheck
{
    public string Name => "certificates";

    public HealthFinding Check()
    {
        var (mqtt, now) = (settings.Mqtt, clock.GetUtcNow());
        try
        {
            if (mqtt.CertificateFile.Length > 0)
            {
                using var own = ClientOptions.ClientCertificate(mqtt.CertificateFile, mqtt.KeyFile);
                var period = CertificatePeriod.Of(own);
                if (CertificateExpiry.Problem(period, now) is { } problem)
                    return new HealthFinding(CertificateExpiry.IsValid(period, now) ? HealthSeverity.Warning : HealthSeverity.Failure,
                        $"the client certificate {problem}",
                        $"have it renewed, and put the new one into '{mqtt.CertificateFile}'; it is read at the next connection");
            }
            if (mqtt.CrlFile.Length > 0 && ClientOptions.Revocations(mqtt.CrlFile).NextUpdate is { } next && next < now)
                return new HealthFinding(HealthSeverity.Warning, $"the list of revoked certificates is out of date since {Day(next)}",
                    $"put the authority's present list into '{mqtt.CrlFile}'");
        }
        catch (CredentialFileException e)
        {
            return new HealthFinding(HealthSeverity.Failure, e.Message, "put the right file there, readable for the service's user");
        }
        return new HealthFinding(HealthSeverity.Good, "the link's certificates are in date");
    }

    private static string Day(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
