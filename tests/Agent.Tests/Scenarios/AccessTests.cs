using System.Diagnostics;
using EdgeAgent.Tests.Mqtt;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>
/// The access rules for mosquitto that provisioning ships: devices touch their own topics, terminals ask, the fleet manager commands.
/// </summary>
public sealed class AccessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Acl_EachRole_DoesItsOwnAndNothingElse()
    {
        if (OperatingSystem.IsWindows() || Mosquitto.Find("mosquitto_passwd") is null)
        {
            Assert.Skip("mosquitto is not installed");
            return;
        }
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_111_111);
        foreach (var (user, create) in new[] { ("d1", "-c"), ("d2", ""), ("fleet", ""), ("terminal", "") })
        {
            using var passwd =
                Process.Start(new ProcessStartInfo(Mosquitto.Find("mosquitto_passwd")!,
                    [
                        .. new[] { "-b", create, _directory.File("passwords"), user, "secret" }.Where(a =>
                            a.Length > 0)])
                { RedirectStandardError = true })!;
            await passwd.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, passwd.ExitCode);
        }
        // the block for devices, as its comment says, for two of them
        var rules = await File.ReadAllLinesAsync(Path.Combine(SharedData.Repository, "provisioning", "mosquitto", "acl"),
            TestContext.Current.CancellationToken);
        var block = rules.SkipWhile(l => l != "#user DEVICE").TakeWhile(l => l.Length > 0).Select(l => l[1..]).ToList();
        Assert.Equal(4, block.Count);
        await File.WriteAllLinesAsync(_directory.File("acl"),
            [.. rules, $"pattern readwrite {Beacon}",
                .. new[] { "d1", "d2" }.SelectMany(d => block.Select(l => l.Replace("DEVICE", d, StringComparison.Ordinal)))],
            TestContext.Current.CancellationToken);
        foreach (var file in Directory.GetFiles(_directory.Path)) File.SetUnixFileMode(file, (UnixFileMode)0b110_110_110);
        await using var mosquitto =
            await Mosquitto.StartAsync(
                $"allow_anonymous false\npassword_file {_directory.File("passwords")}\nacl_file {_directory.File("acl")}");
        const string d1 = "edge/v1/plant/d1", d2 = "edge/v1/plant/d2", blob = "edge/v1/plant/blob/abc";
        // who may send what, seen by who may read it
        foreach (var (user, topic, reader, arrives) in new[]
        {
            ("d1", $"{d1}/state", "fleet", true), ("d1", $"{d1}/model", "fleet", true),
            ("d1", $"{d1}/cmd/model-update/u1/status", "fleet", true), ("d1", $"{d1}/telemetry", "fleet", true),
            ("d1", $"{d2}/state", "fleet", false), ("d1", $"{d2}/cmd/model-update/u1/status", "fleet", false),
            ("d1", $"{d2}/cmd/model-update/u1", "d2", false), ("d1", $"{d1}/cmd/model-update/u1", "d1", false),
            ("d1", $"{blob}/chunk/1", "d2", false), ("d1", $"{blob}/info", "d2", false), ("d1", $"{d2}/query", "d2", false),
            ("d1", $"{blob}/want", "fleet", true), ("fleet", $"{blob}/chunk/1", "d1", true), ("fleet", $"{blob}/info", "d1", true),
            ("fleet", $"{d1}/cmd/model-update/u1", "d1", true), ("fleet", $"{d1}/cmd/model-update/u1", "d2", false),
            ("fleet", "edge/v1/plant/fleet/rollout", "fleet", true),
            ("terminal", $"{d1}/query", "d1", true), ("terminal", $"{d1}/query", "d2", false), ("terminal", $"{d1}/cancel", "d1", true),
            ("terminal", $"{d1}/cmd/model-update/u1", "d1", false), ("terminal", $"{blob}/chunk/1", "d1", false),
            ("terminal", "edge/v1/plant/fleet/rollout", "fleet", false),
            ("terminal", "edge/v1/plant/any/query", "d1", true), ("terminal", "edge/v1/plant/any/query", "terminal", false),
            ("d1", "edge/v1/plant/any/query", "d2", false),
            ("d1", "clients/terminal/rsp", "terminal", true), ("d1", "clients/other/rsp", "terminal", false),
            ("terminal", "clients/other/rsp", "fleet", false), ("d1", "clients/other/rsp", "fleet", false),
        })
            Assert.True(arrives == await ArrivesAsync(mosquitto, user, topic, reader),
                $"{user} -> {topic} -> {reader}: {(arrives ? "did not arrive" : "arrived")}");
    }

    /// <summary>
    /// What everybody may send and read in the test: sent after a message, it says that the message is not coming any more.
    /// </summary>
    private const string Beacon = "test/beacon";

    private static async Task<bool> ArrivesAsync(Mosquitto mosquitto, string user, string topic, string reader)
    {
        var arrived = new TaskCompletionSource<bool>();
        using var listener = await ConnectAsync(mosquitto, reader, reader == user ? $"{reader}-2" : reader);
        listener.ApplicationMessageReceivedAsync += e =>
        {
            arrived.TrySetResult(e.ApplicationMessage.Topic == topic);
            return Task.CompletedTask;
        };
        await listener.SubscribeAsync(new MqttClientSubscribeOptionsBuilder().WithTopicFilter(topic, MqttQualityOfServiceLevel.AtLeastOnce)
            .WithTopicFilter(Beacon, MqttQualityOfServiceLevel.AtLeastOnce).Build(), TestContext.Current.CancellationToken);
        using var sender = await ConnectAsync(mosquitto, user, user == reader ? $"{user}-1" : user);
        foreach (var each in new[] { topic, Beacon })
            await sender.PublishAsync(new MqttApplicationMessage
            {
                Topic = each,
                Payload = new System.Buffers.ReadOnlySequence<byte>(new byte[] { 1 }),
                QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce
            }, TestContext.Current.CancellationToken);
        return await arrived.Task.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
    }

    private static async Task<IMqttClient> ConnectAsync(Mosquitto mosquitto, string user, string clientId)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer(mosquitto.Broker.Host, mosquitto.Broker.Port)
            .WithProtocolVersion(MqttProtocolVersion.V500).WithClientId(clientId).WithCredentials(user, "secret").Build(),
            TestContext.Current.CancellationToken);
        return client;
    }
}
