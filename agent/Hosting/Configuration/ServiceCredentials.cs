using EdgeAgent.Platform;

namespace EdgeAgent.Hosting.Configuration;

/// <summary>
/// Secrets that systemd hands to the service (LoadCredential=). Each stands for a file option that is not configured; the unit takes them
/// from /etc/edge-agent/credentials, which only root can read.
/// </summary>
internal static class ServiceCredentials
{
    public const string Password = "mqtt-password", Authorities = "mqtt-ca", Certificate = "mqtt-certificate", Key = "mqtt-key";

    public static AgentSettings Fill(AgentSettings settings, ServiceEnvironment service)
    {
        var mqtt = settings.Mqtt;
        // a configured certificate goes with the configured key, and not with the one given here
        var hasOwn = mqtt.CertificateFile.Length > 0 || mqtt.KeyFile.Length > 0;
        string Or(string configured, string name) => configured.Length > 0 ? configured : service.Credential(name) ?? "";
        return settings with
        {
            Mqtt = mqtt with
            {
                PasswordFile = Or(mqtt.PasswordFile, Password),
                CaFile = Or(mqtt.CaFile, Authorities),
                CertificateFile = hasOwn ? mqtt.CertificateFile : service.Credential(Certificate) ?? "",
                KeyFile = hasOwn ? mqtt.KeyFile : service.Credential(Key) ?? "",
            }
        };
    }
}
