namespace EdgeAgent.Hosting.Configuration;

/// <summary>
/// The device's secrets. Each stands for a file option that is not configured. They lie in a folder beside the configuration, which only
/// root can read; the service gets copies of them from systemd (LoadCredential=).
/// </summary>
internal static class DeviceCredentials
{
    public const string Password = "mqtt-password", Authorities = "mqtt-ca", Certificate = "mqtt-certificate", Key = "mqtt-key";
    private const string Folder = "credentials";

    public static string DirectoryBeside(string configurationFile) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(configurationFile))!, Folder);

    /// <summary>Path of a secret's file in the folder; null where there is none.</summary>
    public static Func<string, string?> In(string directory) =>
        name => Path.Combine(directory, name) is var path && File.Exists(path) ? path : null;

    /// <param name="find">Path of the secret of a name; null where there is none.</param>
    public static AgentSettings Fill(AgentSettings settings, Func<string, string?> find)
    {
        var mqtt = settings.Mqtt;
        string Or(string configured, string name) => configured.Length > 0 ? configured : find(name) ?? "";
        // a configured certificate goes with the configured key, and not with the one given here; a key alone waits for its certificate
        var (certificateFile, keyFile) = (mqtt.CertificateFile, mqtt.KeyFile);
        if (certificateFile.Length + keyFile.Length == 0 && find(Certificate) is { } certificate)
            (certificateFile, keyFile) = (certificate, find(Key) ?? "");
        return settings with
        {
            Mqtt = mqtt with
            {
                PasswordFile = Or(mqtt.PasswordFile, Password),
                CaFile = Or(mqtt.CaFile, Authorities),
                CertificateFile = certificateFile,
                KeyFile = keyFile,
            }
        };
    }
}
