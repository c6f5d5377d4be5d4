using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Hosting.Enrolment;
using EdgeAgent.Tests.Mqtt;

namespace EdgeAgent.Tests.Hosting.Enrolment;

/// <summary>What enrolling writes: secrets only their owner reads, a configuration that keeps the rest, keys that are never lost.</summary>
public sealed class EnrolmentTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private readonly List<string> _said = [];

    public void Dispose() => _root.Dispose();

    private string Config => _root.File("etc/agent.json");

    private string Secret(string name) => _root.File($"etc/credentials/{name}");

    private AgentSettings Apply(Func<EnrolmentRequest, EnrolmentRequest>? change = null)
    {
        var request = new EnrolmentRequest(Config, "hall-3", "cell-12", "mqtts://broker.plant:8883");
        return new EdgeAgent.Hosting.Enrolment.Enrolment(change?.Invoke(request) ?? request, TimeProvider.System, _said.Add).Apply();
    }

    private DeviceKey Key() => new(_root.File("etc/credentials"));

    private string Write(string name, string content)
    {
        var path = _root.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    private static void AssertSecret(string path)
    {
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void Request_FirstTime_MakesAKeyThatStays()
    {
        var (request, isMade) = Key().Request("cell-12", "hall-3", isNew: false);
        Assert.True(isMade);
        Assert.False(File.Exists(Secret(DeviceCredentials.Key))); // a key without its certificate would stop the service
        var made = Secret(DeviceCredentials.Key) + ".new";
        AssertSecret(made);
        var read = CertificateRequest.LoadSigningRequestPem(request, HashAlgorithmName.SHA256); // and its signature holds
        Assert.Equal(["CN=cell-12", "O=hall-3"], read.SubjectName.Name.Split(", ").Order(StringComparer.Ordinal));
        var key = File.ReadAllText(made);
        (request, isMade) = Key().Request("cell-12", "hall-3", isNew: false);
        Assert.False(isMade);
        Assert.Equal(key, File.ReadAllText(made));
        Assert.NotEmpty(request);
    }

    /// <summary>A new key must not part a connected device from its certificate.</summary>
    [Fact]
    public void Renewal_OldKeyServesUntilTheNewCertificateComes()
    {
        using var authority = new TestAuthority(_root.Path, "ca");
        Key().Adopt(authority.Sign(Key().Request("d", "s", isNew: false).Request), "first").Dispose();
        var first = File.ReadAllText(Secret(DeviceCredentials.Key));
        var renewed = authority.Sign(Key().Request("d", "s", isNew: true).Request);
        Assert.Equal(first, File.ReadAllText(Secret(DeviceCredentials.Key)));
        Key().Adopt(renewed, "second").Dispose();
        Assert.NotEqual(first, File.ReadAllText(Secret(DeviceCredentials.Key)));
        Assert.Equal(first, File.ReadAllText(Secret(DeviceCredentials.Key) + ".old"));
        Assert.Equal(renewed, File.ReadAllText(Secret(DeviceCredentials.Certificate)));
        Assert.All(Directory.GetFiles(_root.File("etc/credentials")), AssertSecret);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var stranger = authority.Sign(new CertificateRequest("CN=x", other, HashAlgorithmName.SHA256).CreateSigningRequestPem());
        Assert.Contains("found one for another key",
            Assert.Throws<FormatException>(() => Key().Adopt(stranger, "third")).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => Key().Adopt("no certificate", "fourth"));
        Assert.Equal(renewed, File.ReadAllText(Secret(DeviceCredentials.Certificate)));
    }

    [Fact]
    public void Apply_ExistingConfiguration_KeepsItsOtherOptionsAndABackup()
    {
        const string old = """
            { // written by hand
              "mqtt": { "broker": "mqtt://old", "Pool": "p1" }, "Mqtt:Site": "old-site",
              "Student": { "Rows": 3 },
            }
            """;
        Write("etc/agent.json", old);
        var settings = Apply(r => r with { User = "cell-12", PasswordFile = Write("given", "plant-secret\n") });
        Assert.Equal(("mqtts://broker.plant:8883", "hall-3", "cell-12", "p1", "cell-12", 3),
            (settings.Mqtt.Broker, settings.Mqtt.Site, settings.Mqtt.Device, settings.Mqtt.Pool, settings.Mqtt.Username,
                settings.Student.Rows));
        Assert.Equal(Secret(DeviceCredentials.Password), settings.Mqtt.PasswordFile);
        AssertSecret(settings.Mqtt.PasswordFile);
        Assert.Equal("plant-secret\n", File.ReadAllText(settings.Mqtt.PasswordFile));
        Assert.DoesNotContain("plant-secret", File.ReadAllText(Config), StringComparison.Ordinal);
        Assert.Equal(old, File.ReadAllText(Config + ".bak"));
        Assert.Equal(["agent.json", "agent.json.bak"], Directory.GetFiles(_root.File("etc")).Select(f => Path.GetFileName(f)).Order());
    }

    [Fact]
    public void Apply_ConfigurationThatCannotBeUsed_LeavesTheOldOne()
    {
        var old = """{"Student":{"Rows":900}}""";
        Write("etc/agent.json", old);
        Assert.Contains("Student:Rows must be 1..64", Assert.Throws<SettingsException>(() => Apply()).Message, StringComparison.Ordinal);
        Assert.Equal(old, File.ReadAllText(Config));
        Assert.Single(Directory.GetFiles(_root.File("etc")));
        Write("etc/agent.json", "[1]");
        Assert.Throws<SettingsException>(() => Apply());
    }

    [Fact]
    public void Apply_WithTrustedKey_RequiresSignatures()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = Write("fleet.pub", key.ExportSubjectPublicKeyInfoPem());
        Assert.False(Apply().Bundles.RequireSignature); // nobody to trust: it would refuse every student
        Assert.Contains(_said, s => s.StartsWith("no key is trusted yet", StringComparison.Ordinal));
        var settings = Apply(r => r with { Trusted = [file] });
        Assert.True(settings.Bundles.RequireSignature); // the bundled student is signed by the package
        Assert.Equal(_root.File("etc/keys"), settings.Updates.Keys);
        Assert.True(File.Exists(_root.File("etc/keys/fleet.pem")));
        Assert.True(AgentSettings.Load(Config, new Dictionary<string, string?>()).Bundles.RequireSignature);
    }

    [Fact]
    public void Apply_StudentUnsigned_DoesNotStopTheDevice()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var student = Directory.CreateDirectory(_root.File("student")).FullName;
        Write("etc/agent.json", new JsonObject { ["Student"] = new JsonObject { ["Model"] = student } }.ToJsonString());
        var file = Write("fleet.pub", key.ExportSubjectPublicKeyInfoPem());
        Assert.False(Apply(r => r with { Trusted = [file] }).Bundles.RequireSignature);
        Assert.Contains(_said, s => s.Contains("would be refused", StringComparison.Ordinal));
        // what somebody chose stays
        Write("etc/agent.json", """{"Bundles":{"RequireSignature":false}}""");
        Assert.False(Apply(r => r with { Trusted = [file] }).Bundles.RequireSignature);
    }

    [Fact]
    public void Apply_TrustedFileIsNoKey_ChangesNothing()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = Write("fleet.key", key.ExportPkcs8PrivateKeyPem());
        Assert.Contains("a private key", Assert.Throws<FormatException>(() => Apply(r => r with { Trusted = [file] })).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(Config));
    }
}
