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
        // a configured certificate goes with the configured key, and not with the one that lies here; a key alone waits for its certificate
        var isHere = mqtt.CertificateFile.Length + mqtt.KeyFile.Length == 0 && File.Exists(Path.Combine(directory, Certificate));
        string Or(string configured, string name) =>
            configured.Length == 0 && File.Exists(Path.Combine(directory, name)) ? Path.Combine(directory, name) : configured;
        return settings with
        {
            Mqtt = mqtt with
            {
                PasswordFile = Or(mqtt.PasswordFile, Password),
                CaFile = Or(mqtt.CaFile, Authorities),
                CertificateFile = isHere ? Path.Combine(directory, Certificate) : mqtt.CertificateFile,
                KeyFile = isHere ? Path.Combine(directory, Key) : mqtt.KeyFile,
            }
        };
    }
}
