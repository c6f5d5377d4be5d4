using EdgeAgent.Bundles.Signing;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Updates;

namespace EdgeAgent.Hosting.Enrolment;

/// <summary>What the device is told when it joins a site.</summary>
/// <param name="ConfigurationFile">Written; other options in it stay.</param>
internal sealed record EnrolmentRequest(string ConfigurationFile, string Site, string Device, string Broker)
{
    /// <summary>PEM file of the device's certificate; null for none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of the authorities that may sign the broker's certificate; null for the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>User name at the broker; null for none.</summary>
    public string? User { get; init; }

    /// <summary>File with its password.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Files of public keys whose bundles the device will take.</summary>
    public IReadOnlyList<string> Trusted { get; init; } = [];
}

/// <summary>
/// Joins a device to a site: secrets into a folder that only root reads, names into the configuration, keys where updates look for them.
/// What is given is checked first, and the configuration last takes its place.
/// </summary>
/// <param name="says">Gets a line for each thing that was done.</param>
internal sealed class Enrolment(EnrolmentRequest request, TimeProvider clock, Action<string> says)
{
    private readonly string _secrets = DeviceCredentials.DirectoryBeside(request.ConfigurationFile);

    /// <returns>The settings the agent will have.</returns>
    /// <exception cref="FormatException">A certificate or key cannot be used.</exception>
    /// <exception cref="SettingsException">The configuration that results cannot be used; the old one stays.</exception>
    public AgentSettings Apply()
    {
        var configuration = ConfigurationFile.Load(request.ConfigurationFile);
        foreach (var keys in request.Trusted) CheckKeys(keys);
        if (request.CaFile is { } authorities) _ = ClientOptions.Authorities(authorities);
        Secrets();
        Trust(configuration);
        configuration.Set("Mqtt", nameof(MqttOptions.Broker), request.Broker);
        configuration.Set("Mqtt", nameof(MqttOptions.Site), request.Site);
        configuration.Set("Mqtt", nameof(MqttOptions.Device), request.Device);
        if (request.User is { } user) configuration.Set("Mqtt", nameof(MqttOptions.Username), user);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(request.ConfigurationFile))!);
        var file = request.ConfigurationFile;
        var old = File.Exists(file) ? $"; the old one is '{file}{ConfigurationFile.BackupSuffix}'" : "";
        var settings = configuration.Save();
        says($"wrote '{file}'{old}");
        return RequireSignature(configuration, settings);
    }

    private void Secrets()
    {
        if (request.CertificateFile is { } file)
        {
            using var certificate = new DeviceKey(_secrets).Adopt(TextFile.ReadAllText(file), file);
            if (CertificateExpiry.Problem(CertificatePeriod.Of(certificate), clock.GetUtcNow()) is { } problem)
                says($"mind: the certificate {problem}");
            says($"took the certificate '{file}'");
        }
        Take(request.CaFile, DeviceCredentials.Authorities, "the authority");
        Take(request.PasswordFile, DeviceCredentials.Password, "the password");
    }

    private void Take(string? file, string name, string what)
    {
        if (file is null) return;
        DeviceKey.MakeFolder(_secrets);
        var to = Path.Combine(_secrets, name);
        if (Path.GetFullPath(file) != Path.GetFullPath(to)) DurableFile.WriteSecret(to, File.ReadAllBytes(file));
        says($"took {what} of '{file}'");
    }

    private static void CheckKeys(string file)
    {
        var keys = KeyFile.Parse(TextFile.ReadAllText(file), out var problems);
        if (problems.Count > 0 || keys.Count == 0) throw new FormatException($"'{file}': {string.Join("; ", problems)}");
    }

    /// <summary>Beside another configuration than the system's, the keys are beside it too.</summary>
    private void Trust(ConfigurationFile configuration)
    {
        if (request.Trusted.Count == 0) return;
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(request.ConfigurationFile))!, "keys");
        var keys = configuration.Get("Updates", nameof(UpdateOptions.Keys)) ?? beside;
        if (keys != new UpdateOptions().Keys) configuration.Set("Updates", nameof(UpdateOptions.Keys), keys);
        Directory.CreateDirectory(keys);
        foreach (var file in request.Trusted)
        {
            DurableFile.WriteAllBytes(Path.Combine(keys, Path.GetFileNameWithoutExtension(file) + ".pem"), File.ReadAllBytes(file));
            says($"trusts the keys of '{file}'");
        }
    }

    /// <summary>Switched on where keys are there and the student that serves is signed: enrolling must not stop a device.</summary>
    private AgentSettings RequireSignature(ConfigurationFile configuration, AgentSettings settings)
    {
        const string section = "Bundles", key = nameof(BundleOptions.RequireSignature);
        if (configuration.Get(section, key) is { } given)
        {
            says($"{section}:{key} stays {given.ToLowerInvariant()}");
            return settings;
        }
        if (new KeyRing(settings.Updates.Keys, settings.KeyStatementsPath, clock).TrustedForLoading(out _).Count == 0)
        {
            says($"no key is trusted yet: updates are refused until one is in '{settings.Updates.Keys}' (--trust FILE)");
            return settings;
        }
        try
        {
            new SignedStart(settings, clock).Verify(ServedStudent.Directory(settings));
        }
        catch (Exception e) when (e is VerificationException || DiskErrors.Include(e))
        {
            says($"{section}:{key} stays off, since the student that serves would be refused: {e.Message}");
            return settings;
        }
        configuration.Set(section, key, true);
        says($"{section}:{key} is on: only signed students are loaded");
        return configuration.Save();
    }
}
