using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Hosting.Configuration;

public sealed class DeviceCredentialsTests : IDisposable
{
    private readonly TemporaryDirectory _credentials = new();

    public void Dispose() => _credentials.Dispose();

    private MqttOptions Fill(MqttOptions mqtt, params string[] given)
    {
        foreach (var name in given) File.WriteAllText(_credentials.File(name), "x");
        var service = DeviceCredentials.Fill(new AgentSettings { Mqtt = mqtt },
            new ServiceEnvironment { CredentialsDirectory = _credentials.Path }.Credential).Mqtt;
        var folder = DeviceCredentials.Fill(new AgentSettings { Mqtt = mqtt }, DeviceCredentials.In(_credentials.Path)).Mqtt;
        Assert.Equal(service, folder);
        return service;
    }

    [Fact]
    public void Fill_NothingConfigured_TakesWhatSystemdHandsOver()
    {
        var mqtt = Fill(new MqttOptions(), "mqtt-password", "mqtt-ca", "mqtt-certificate", "mqtt-key");
        Assert.Equal((_credentials.File("mqtt-password"), _credentials.File("mqtt-ca"), _credentials.File("mqtt-certificate"),
            _credentials.File("mqtt-key")), (mqtt.PasswordFile, mqtt.CaFile, mqtt.CertificateFile, mqtt.KeyFile));
    }

    /// <summary>What is configured wins, and a configured certificate is not paired with another key.</summary>
    [Fact]
    public void Fill_Configured_Wins()
    {
        var mqtt = Fill(new MqttOptions { PasswordFile = "/own", CertificateFile = "/own.crt" }, "mqtt-password", "mqtt-certificate",
            "mqtt-key");
        Assert.Equal(("/own", "/own.crt", "", ""), (mqtt.PasswordFile, mqtt.CertificateFile, mqtt.KeyFile, mqtt.CaFile));
    }

    /// <summary>An order for a certificate is under way: the service starts without both.</summary>
    [Fact]
    public void Fill_KeyWithoutItsCertificate_IsNotTaken() => Assert.Equal("", Fill(new MqttOptions(), "mqtt-key").KeyFile);

    [Fact]
    public void Fill_NoCredentials_ChangesNothing() => Assert.Equal(new MqttOptions(), Fill(new MqttOptions()));

    /// <summary>The unit hands over what is read here, from where the documents say.</summary>
    [Fact]
    public void Unit_LoadsEveryCredential()
    {
        var unit = File.ReadAllLines(Path.Combine(SharedData.Repository, "provisioning", "package", "edge-agent.service"));
        foreach (var name in new[]
            { DeviceCredentials.Password, DeviceCredentials.Authorities, DeviceCredentials.Certificate, DeviceCredentials.Key })
        {
            Assert.Contains($"LoadCredential={name}:/etc/edge-agent/credentials/{name}", unit);
            Assert.Contains($@"SetCredential={name}:\n", unit);
        }
    }
}
