using EdgeAgent.Tests.Mqtt;
using EdgeAgent.Tests.Mqtt.Broker;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>
/// The access rules for mosquitto that provisioning ships, against the same list of acts as the embedded broker: devices touch their own
/// topics, terminals ask, the fleet manager commands.
/// </summary>
public sealed class AccessTests : IDisposable
{
    /// <summary>
    /// What everybody may send and read in the test: sent after a message, it says that the message is not coming any more.
    /// </summary>
    private const string Beacon = "test/beacon";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private async Task<Mosquitto> BrokerAsync()
    {
        if (OperatingSystem.IsWindows() || Mosquitto.Find("mosquitto_passwd") is null) Assert.Skip("mosquitto is not installed");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_101_101);
        await MosquittoUsers.AddAsync(_directory.Path, "secret-word",
            [.. AccessCases.Users, ("d1", "device"), ("d2", "device"), ("fleet-2", "fleet")]);
        await File.AppendAllTextAsync(_directory.File("acl"), $"\npattern readwrite {Beacon}\n", TestContext.Current.CancellationToken);
        return await Mosquitto.StartAsync(MosquittoUsers.Configuration(_directory.Path, certificate: null));
    }

    [Fact]
    public async Task Acl_EachActOfTheList_IsTakenOrRefused()
    {
        await using var mosquitto = await BrokerAsync();
        var users = new[] { "hmi-1", "hmi-2", "kiosk-1", "eye", "fleet", "fleet-2", "d1", "d2" };
        var clients = new Dictionary<string, UserClient>();
        foreach (var user in users)
            clients[user] = await UserClient.ConnectAsync(mosquitto.Broker, user, $"any-{user}");
        var wrong = new List<string>();
        foreach (var c in AccessCases.All.Where(c => c.IsForMosquitto).Concat(Devices))
        {
            var isTaken = c.Attempt == Attempt.Read
                ? await ArrivesAsync(clients[c.User], c.Topic, clients[c.Probe.Writer], c.Probe.Topic)
                : await clients[c.User].SendAsync(c.Topic, c.Payload, c.Attempt == Attempt.Keep, c.ReplyTo);
            if (isTaken != c.IsAllowed) wrong.Add($"{c}: {(isTaken ? "taken" : "refused")}");
        }
        foreach (var client in clients.Values) await client.DisposeAsync();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>What devices may do to one another.</summary>
    private static IEnumerable<AccessCase> Devices =>
    [
        new("d1", Attempt.Send, "edge/v1/plant/d2/state", false), new("d1", Attempt.Send, "edge/v1/plant/d2/query", false),
        new("d1", Attempt.Send, "edge/v1/plant/d1/cmd/model-update/u1", false), new("d1", Attempt.Send, "edge/v1/plant/any/query", false),
        new("d1", Attempt.Send, "edge/v1/plant/blob/abc/chunk/1", false), new("d1", Attempt.Send, "edge/v1/plant/fleet/rollout", false),
        new("d1", Attempt.Send, "edge/v1/plant/d2/cmd/model-update/u1/status", false),
        new("d1", Attempt.Read, "edge/v1/plant/d2/query", false) { Probe = ("hmi-1", "edge/v1/plant/d2/query") },
        new("d1", Attempt.Read, "clients/+/rsp/#", false) { Probe = ("d2", "clients/hmi-1/rsp") },
        new("d1", Attempt.Keep, "edge/v1/plant/d1/state", true), new("d1", Attempt.Send, "clients/hmi-1/rsp/1", true),
        new("d1", Attempt.Send, "edge/v1/plant/blob/abc/want", true),
        new("d1", Attempt.Read, "edge/v1/plant/d1/query", true) { Probe = ("hmi-1", "edge/v1/plant/d1/query") },
        new("d1", Attempt.Read, "edge/v1/plant/d1/cmd/+/+", true) { Probe = ("fleet", "edge/v1/plant/d1/cmd/model-update/u1") },
        new("d1", Attempt.Read, "edge/v1/plant/any/query", true) { Probe = ("hmi-1", "edge/v1/plant/any/query") },
        new("d2", Attempt.Read, "edge/v1/plant/blob/+/chunk/+", true) { Probe = ("fleet", "edge/v1/plant/blob/abc/chunk/1") },
    ];

    /// <summary>mosquitto grants every subscription and filters what is delivered: what counts is what arrives.</summary>
    private static async Task<bool> ArrivesAsync(UserClient reader, string filter, UserClient writer, string topic)
    {
        reader.Received.Clear();
        if (!await reader.SubscribeAsync(filter)) return false;
        await reader.SubscribeAsync(Beacon);
        reader.Received.Clear(); // what was retained
        Assert.True(await writer.SendAsync(topic), $"{topic} is not sent: the case proves nothing");
        await writer.SendAsync(Beacon);
        await Waiting.ForAsync(() => reader.Received.Contains(Beacon));
        await reader.UnsubscribeAsync(filter);
        return reader.Received.Contains(topic);
    }

    /// <summary>A client id is the user's name, whatever the client says it is.</summary>
    [Fact]
    public async Task ClientId_OfAnotherUser_IsNotTakenOver()
    {
        await using var mosquitto = await BrokerAsync();
        await using var device = await UserClient.ConnectAsync(mosquitto.Broker, "d1", "edge-agent-plant-d1");
        await using var terminal = await UserClient.ConnectAsync(mosquitto.Broker, "hmi-2", "hmi-2");
        await using var thief = await UserClient.ConnectAsync(mosquitto.Broker, "hmi-1", "edge-agent-plant-d1");
        Assert.True(await thief.SubscribeAsync("clients/hmi-2/rsp") && await thief.SubscribeAsync("clients/hmi-1/rsp"));
        Assert.True(await device.SendAsync("clients/hmi-2/rsp") && await device.SendAsync("clients/hmi-1/rsp"));
        await Waiting.ForAsync(() => !thief.Received.IsEmpty);
        Assert.Equal(["clients/hmi-1/rsp"], thief.Received);
        Assert.True(await terminal.SendAsync("edge/v1/plant/d1/query"));
        Assert.False(device.Ended.Task.IsCompleted || terminal.Ended.Task.IsCompleted);
        foreach (var (user, password) in new[] { ("hmi-1", "wrong"), ("nobody", "secret-word") })
            await Assert.ThrowsAsync<LoginException>(() => UserClient.ConnectAsync(mosquitto.Broker, user, "x", password));
        await Assert.ThrowsAsync<LoginException>(() => UserClient.ConnectAsync(mosquitto.Broker, null, "x"));
    }

    [Theory]
    [InlineData("boss", "new", "expected device, terminal")]
    [InlineData("terminal", "a/b", "a name has letters")]
    [InlineData("terminal", "any", "a name has letters")]
    public async Task AddUser_WrongRoleOrName_IsRefused(string role, string name, string words)
    {
        if (OperatingSystem.IsWindows() || Mosquitto.Find("mosquitto_passwd") is null) Assert.Skip("mosquitto is not installed");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => MosquittoUsers.AddAsync(_directory.Path, "x", (name, role)));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }
}
