namespace EdgeAgent.Hosting.Configuration;

/// <summary>
/// The device's secrets in a folder beside its configuration, which only root can read. Each stands for a file option that is not
/// configured; the service gets copies of them from systemd (LoadCredential=).
/// </summary>
internal static class DeviceCredentials
{
    public const string Password = "mqtt-password", Authorities = "mqtt-ca", Certificate = "mqtt-certificate", Key = "mqtt-key";
    private const string Folder = "credentials";

    public static string DirectoryBeside(string configurationFile) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(configurationFile))!, Folder);

    public static AgentSettings Fill(AgentSettings settings, string directory)
    {
        var mqtt = settings.Mqtt;
        // a configured certificate goes with the configured key, and not with the one that lies here
        var hasOwn = mqtt.CertificateFile.Length > 0 || mqtt.KeyFile.Length > 0;
        string Or(string configured, string name) =>
            configured.Length == 0 && File.Exists(Path.Combine(directory, name)) ? Path.Combine(directory, name) : configured;
        return settings with
        {
            Mqtt = mqtt with
            {
                PasswordFile = Or(mqtt.PasswordFile, Password),
                CaFile = Or(mqtt.CaFile, Authorities),
                CertificateFile = hasOwn ? mqtt.CertificateFile : Or("", Certificate),
                KeyFile = hasOwn ? mqtt.KeyFile : Or("", Key),
            }
        };
    }
}
