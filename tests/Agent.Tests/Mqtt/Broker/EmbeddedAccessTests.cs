using EdgeAgent.Mqtt;
using EdgeAgent.Mqtt.Broker;
using Microsoft.Extensions.Logging;
using MQTTnet;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace EdgeAgent.Tests.Mqtt.Broker;

/// <summary>The embedded broker with users, as clients see it: every act of the list, and who may be whom.</summary>
public sealed class EmbeddedAccessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly RecordingLoggers _loggers = new();

    public void Dispose()
    {
        _directory.Dispose();
        _loggers.Dispose();
    }

    private Task<EmbeddedBroker> StartAsync(EmbeddedBrokerOptions? options = null, string? kept = null)
    {
        UserFile.Save(_directory.File("users"), AccessCases.Users.Select(u => new BrokerUser(u.Name,
            UserFile.TryRole(u.Role, out var role) ? role : default, PasswordHash.Of("secret-word"u8, PasswordHash.MinIterations))));
        return EmbeddedBroker.StartAsync(new EmbeddedBrokerSettings(
            [new BrokerListener(System.Net.IPEndPoint.Parse("127.0.0.1:0"))], 1 << 20)
        {
            Options = options ?? new EmbeddedBrokerOptions(),
            UsersFile = _directory.File("users"),
            Directory = kept,
            Agent = ("plant", "d1"),
        }, TimeProvider.System, _loggers.CreateLogger("broker"));
    }

    private static BrokerAddress Address(EmbeddedBroker broker) => new("127.0.0.1", broker.EndPoint.Port, Tls: false);

    private static Task<UserClient> ConnectAsync(EmbeddedBroker broker, string? user, string? clientId = null,
        string password = "secret-word", Action<MqttClientOptionsBuilder>? change = null) =>
        UserClient.ConnectAsync(Address(broker), user, clientId ?? user ?? "nobody", password, change);

    private static async Task<MqttClientConnectResultCode> RefusalAsync(EmbeddedBroker broker, string? user, string? clientId = null,
        string password = "secret-word", Action<MqttClientOptionsBuilder>? change = null) =>
        (await Assert.ThrowsAsync<LoginException>(() => ConnectAsync(broker, user, clientId, password, change))).Code;

    [Fact]
    public async Task Acts_EachOfTheList_IsTakenOrRefusedCountedAndLogged()
    {
        await using var broker = await StartAsync();
        var wrong = new List<string>();
        foreach (var user in AccessCases.Users.Select(u => u.Name))
        {
            await using var client = await ConnectAsync(broker, user);
            foreach (var c in AccessCases.All.Where(c => c.User == user))
            {
                var isTaken = c.Attempt == Attempt.Read ? await client.SubscribeAsync(c.Topic)
                    : await client.SendAsync(c.Topic, c.Payload, c.Attempt == Attempt.Keep, c.ReplyTo);
                if (isTaken != c.IsAllowed) wrong.Add($"{c}: {(isTaken ? "taken" : "refused")}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        // the library refuses shared subscriptions itself
        Assert.Equal(AccessCases.Forbidden.Count(c => !c.Topic.StartsWith("$share", StringComparison.Ordinal)), broker.Report.Refused);
        Assert.Contains(_loggers.Lines, l => l.Level == LogLevel.Warning && l.Text.Contains("user hmi-1", StringComparison.Ordinal));
        // a bounded number of lines a minute, and no topic in them: it may name a person
        Assert.InRange(_loggers.Lines.Count(), 1, 60);
        Assert.DoesNotContain(_loggers.Lines, l => l.Text.Contains("clients/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reply_ToATerminal_ReachesItAlone()
    {
        await using var broker = await StartAsync();
        await using var one = await ConnectAsync(broker, "hmi-1");
        await using var other = await ConnectAsync(broker, "hmi-2");
        Assert.True(await one.SubscribeAsync("clients/hmi-1/rsp/#"));
        Assert.True(await other.SubscribeAsync("clients/hmi-2/rsp/#"));
        await using var agent = new AgentStandIn(broker);
        await agent.SendAsync("clients/hmi-1/rsp/1");
        await agent.SendAsync("clients/hmi-2/rsp/1");
        await Waiting.ForAsync(() => !one.Received.IsEmpty && !other.Received.IsEmpty);
        Assert.Equal(["clients/hmi-1/rsp/1"], one.Received);
        Assert.Equal(["clients/hmi-2/rsp/1"], other.Received);
    }

    [Fact]
    public async Task Login_WhoIsNoUser_IsRefused()
    {
        await using var broker = await StartAsync();
        Assert.Equal(MqttClientConnectResultCode.NotAuthorized, await RefusalAsync(broker, null));
        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, await RefusalAsync(broker, "hmi-1", password: "wrong-word"));
        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, await RefusalAsync(broker, "nobody"));
        Assert.Equal(3, broker.Figures.CountOf(BrokerRefusal.Login));
    }

    /// <summary>The agent's place cannot be taken, with users or without.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClientId_OfTheAgent_IsTheAgentsAlone(bool hasUsers)
    {
        await using var broker = await StartAsync();
        if (!hasUsers) UserFile.Save(_directory.File("users"), []);
        await using var agent = new AgentStandIn(broker);
        await agent.SendAsync("edge/v1/plant/d1/telemetry");
        Assert.Equal(MqttClientConnectResultCode.ClientIdentifierNotValid,
            await RefusalAsync(broker, hasUsers ? "fleet" : null, "edge-agent-plant-d1"));
        await agent.SendAsync("edge/v1/plant/d1/telemetry"); // still there
        Assert.Equal(1, broker.Figures.CountOf(BrokerRefusal.ClientId));
    }

    [Fact]
    public async Task ClientId_OfAnotherUser_IsNotTakenOver_NorIsItsSession()
    {
        await using var broker = await StartAsync();
        static void Keep(MqttClientOptionsBuilder options) => options.WithCleanStart(false).WithSessionExpiryInterval(600);
        await using var one = await ConnectAsync(broker, "hmi-1", "panel", change: Keep);
        Assert.True(await one.SubscribeAsync("clients/hmi-1/rsp"));
        Assert.Equal(MqttClientConnectResultCode.ClientIdentifierNotValid, await RefusalAsync(broker, "hmi-2", "panel"));
        Assert.True(await one.SendAsync("edge/v1/plant/d1/query")); // not thrown out
        one.Abort();
        Assert.Equal(MqttClientConnectResultCode.ClientIdentifierNotValid, await RefusalAsync(broker, "hmi-2", "panel", change: Keep));
        // its own user may, twice: the later connection takes the earlier one's place
        await using var again = await ConnectAsync(broker, "hmi-1", "panel", change: Keep);
        await using var third = await ConnectAsync(broker, "hmi-1", "panel", change: Keep);
        Assert.True(third.HadSession);
        await again.Ended.Task.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("hmi-1", "edge/v1/plant/d1/state", false)]
    [InlineData("hmi-1", "clients/hmi-2/rsp", false)]
    [InlineData("fleet", "edge/v1/plant/d1/cmd/model-update/u1/status", false)]
    [InlineData("hmi-1", "edge/v1/plant/d1/cancel", true)]
    public async Task Will_IsHeldToTheSameRule(string user, string topic, bool isTaken)
    {
        await using var broker = await StartAsync();
        void Will(MqttClientOptionsBuilder options) => options.WithWillTopic(topic).WithWillPayload("x");
        if (isTaken)
        {
            await using var client = await ConnectAsync(broker, user, change: Will);
            return;
        }
        Assert.Equal(MqttClientConnectResultCode.NotAuthorized, await RefusalAsync(broker, user, change: Will));
        Assert.Equal(1, broker.Figures.CountOf(BrokerRefusal.Will));
    }

    /// <summary>Rights are the role's of today: a session of the old role does not outlive it.</summary>
    [Fact]
    public async Task Role_Changed_TakesTheOldSessionWithIt()
    {
        await using var broker = await StartAsync();
        static void Keep(MqttClientOptionsBuilder options) => options.WithCleanStart(false).WithSessionExpiryInterval(600);
        var client = await ConnectAsync(broker, "eye", change: Keep);
        Assert.True(await client.SubscribeAsync("edge/v1/plant/d1/telemetry"));
        client.Abort();
        var users = UserFile.Load(_directory.File("users")).ToDictionary();
        users["eye"] = users["eye"] with { Role = BrokerRole.Terminal };
        users["more"] = users["hmi-1"] with { Name = "more" };
        UserFile.Save(_directory.File("users"), users.Values);
        await using var again = await ConnectAsync(broker, "eye", change: Keep);
        Assert.False(again.HadSession);
        Assert.True(await again.SubscribeAsync("clients/eye/rsp"));
        await using var agent = new AgentStandIn(broker);
        await agent.SendAsync("edge/v1/plant/d1/telemetry");
        await agent.SendAsync("clients/eye/rsp");
        await Waiting.ForAsync(() => !again.Received.IsEmpty);
        Assert.Equal(["clients/eye/rsp"], again.Received);
    }

    /// <summary>Each filter gets its own answer, whatever their qualities of service.</summary>
    [Fact]
    public async Task Subscribe_SeveralFilters_AnsweredInTheirOrder()
    {
        await using var broker = await StartAsync();
        await using var client = await ConnectAsync(broker, "hmi-1");
        var codes = await client.SubscribeAsync(
            new MqttTopicFilter { Topic = "clients/hmi-1/rsp/a", QualityOfServiceLevel = MqttQualityOfServiceLevel.AtMostOnce },
            new MqttTopicFilter { Topic = "clients/hmi-2/rsp", QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce },
            new MqttTopicFilter { Topic = "clients/hmi-1/rsp/b", QualityOfServiceLevel = MqttQualityOfServiceLevel.ExactlyOnce });
        Assert.Equal([MqttClientSubscribeResultCode.GrantedQoS0, MqttClientSubscribeResultCode.NotAuthorized,
            MqttClientSubscribeResultCode.GrantedQoS2], codes);
    }

    [Fact]
    public async Task Restart_KeepsSessionsAndRetainedMessages_AndNoQuestion()
    {
        static void Keep(MqttClientOptionsBuilder options) => options.WithCleanStart(false).WithSessionExpiryInterval(600);
        var kept = _directory.File("kept");
        await using (var broker = await StartAsync(kept: kept))
        {
            await using var terminal = await ConnectAsync(broker, "hmi-1", "panel", change: Keep);
            Assert.True(await terminal.SubscribeAsync("clients/hmi-1/rsp"));
            await using var passing = await ConnectAsync(broker, "hmi-2", "passing");
            await using var fleet = await ConnectAsync(broker, "fleet");
            Assert.True(await fleet.SendAsync("edge/v1/plant/d1/cmd/model-update/u1", "the command", retain: true));
            Assert.True(await fleet.SendAsync("edge/v1/plant/d1/cmd/model-update/u2", "cleared", retain: true));
            Assert.True(await fleet.SendAsync("edge/v1/plant/d1/cmd/model-update/u2", "", retain: true));
            Assert.True(await fleet.SendAsync("edge/v1/plant/d1/cmd/answers-correct/c1", "Is Anna Schmidt in?", retain: true));
            terminal.Abort();
            await using var agent = new AgentStandIn(broker);
            await agent.SendAsync("clients/hmi-1/rsp", "Anna Schmidt is in.");
        }
        Assert.DoesNotContain(Directory.EnumerateFiles(kept, "*", SearchOption.AllDirectories),
            f => File.ReadAllText(f).Contains("Schmidt", StringComparison.Ordinal));
        await using var next = await StartAsync(kept: kept);
        await using var manager = await ConnectAsync(next, "fleet");
        Assert.True(await manager.SubscribeAsync("edge/v1/plant/d1/cmd/+/+"));
        await Waiting.ForAsync(() => !manager.Received.IsEmpty);
        Assert.Equal(["edge/v1/plant/d1/cmd/model-update/u1"], manager.Received);
        Assert.Equal(MqttClientConnectResultCode.ClientIdentifierNotValid, await RefusalAsync(next, "hmi-2", "panel"));
        await using var reader = await ConnectAsync(next, "hmi-1", "panel", change: Keep);
        Assert.True(reader.HadSession);
        await using var speaker = new AgentStandIn(next);
        await speaker.SendAsync("clients/hmi-1/rsp"); // its subscription is there
        await Waiting.ForAsync(() => reader.Received.Contains("clients/hmi-1/rsp"));
    }

    [Fact]
    public async Task Restart_WithDamagedFiles_SetsThemAsideAndStarts()
    {
        var kept = _directory.File("kept");
        await using (var broker = await StartAsync(kept: kept))
        {
            await using var fleet = await ConnectAsync(broker, "fleet");
            Assert.True(await fleet.SendAsync("edge/v1/plant/d1/cmd/model-update/u1", "one", retain: true));
            Assert.True(await fleet.SendAsync("edge/v1/plant/d1/cmd/model-update/u2", "two", retain: true));
        }
        var message = Directory.GetFiles(kept, "*.message", SearchOption.AllDirectories)
            .First(f => File.ReadAllText(f).EndsWith("one", StringComparison.Ordinal));
        File.WriteAllText(message, "garbage");
        File.WriteAllText(Path.Combine(kept, "sessions.json"), "[]");
        await using var next = await StartAsync(kept: kept);
        await using var manager = await ConnectAsync(next, "fleet");
        Assert.True(await manager.SubscribeAsync("edge/v1/plant/d1/cmd/+/+"));
        await Waiting.ForAsync(() => !manager.Received.IsEmpty);
        Assert.Equal(["edge/v1/plant/d1/cmd/model-update/u2"], manager.Received);
        Assert.True(File.Exists(message + ".damaged") && File.Exists(Path.Combine(kept, "sessions.json.damaged")));
    }
}
