using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Cli;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Cli;
using EdgeAgent.Tests.Mqtt;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>The verb <c>fleet rollout</c> against real brokers; the devices are played and speak plain MQTT.</summary>
public sealed class RolloutTests
{
    private static readonly string Sha = new('a', 64);

    private static Task<(int Code, string Output, string Error)> RunAsync(BrokerAddress broker, params string[] arguments) =>
        FlowConsole.RunAsync("", () => EntryPoint.RunAsync(["fleet", "rollout", "--broker", $"{broker}", .. arguments],
            TimeProvider.System, TestContext.Current.CancellationToken));

    /// <summary>Devices that are online, and do what a test says when they get a command.</summary>
    private sealed class Site : IAsyncDisposable
    {
        private FleetClient _client = null!;

        public ConcurrentQueue<(string Device, string Id)> Commands { get; } = new();

        public static async Task<Site> ConnectAsync(BrokerAddress broker, params string[] devices)
        {
            var site = new Site();
            site._client = await FleetClient.ConnectAsync(broker, "devices", site.Take, TestContext.Current.CancellationToken);
            foreach (var device in devices) await site.SayAsync($"{device}/state", """{"online":true}""");
            await site._client.SubscribeAsync("edge/v1/local/+/cmd/model-update/+", TestContext.Current.CancellationToken);
            return site;
        }

        public Task SayAsync(string topic, string json) => _client.PublishAsync($"edge/v1/local/{topic}", Encoding.UTF8.GetBytes(json),
            retain: true, TestContext.Current.CancellationToken);

        public Task CommitAsync((string Device, string Id) command) =>
            SayAsync($"{command.Device}/cmd/model-update/{command.Id}/status", """{"state":"committed"}""");

        public async Task<(string Device, string Id)> CommandAsync()
        {
            await Waiting.ForAsync(() => !Commands.IsEmpty);
            Assert.True(Commands.TryDequeue(out var command));
            return command;
        }

        private void Take(string topic, ReadOnlyMemory<byte> payload)
        {
            if (!payload.IsEmpty) Commands.Enqueue((topic.Split('/')[3], topic.Split('/')[6]));
        }

        public ValueTask DisposeAsync() => _client.DisposeAsync();
    }

    /// <summary>The broker is restarted while a device installs: the rollout goes on, says so, and leaves no command behind.</summary>
    [Fact]
    public async Task Rollout_BrokerRestart_GoesOnAndClearsItsCommands()
    {
        await using var mosquitto = await Mosquitto.StartAsync();
        await using var site = await Site.ConnectAsync(mosquitto.Broker, "d1");
        var rollout = RunAsync(mosquitto.Broker, "--bundle", Sha, "--stages", "100%");
        var command = await site.CommandAsync();
        await mosquitto.StopAsync();
        await mosquitto.StartAgainAsync();
        await site.CommitAsync(command);
        var (code, output, error) = await rollout.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
        Assert.True(code == 0, error);
        Assert.Contains("lost the connection to the broker", error, StringComparison.Ordinal);
        Assert.Contains("connected to the broker", error, StringComparison.Ordinal);
        Assert.Contains(" d1: committed\n", output, StringComparison.Ordinal); // one line a change
        Assert.Contains(" rollout done: 1 committed\n", output, StringComparison.Ordinal);
        // retained topics of the first subscription come before those of the second
        var left = new ConcurrentQueue<string>();
        await using var late = await FleetClient.ConnectAsync(mosquitto.Broker, "late", (topic, _) => left.Enqueue(topic),
            TestContext.Current.CancellationToken);
        await late.SubscribeAsync("edge/v1/local/+/cmd/model-update/+", TestContext.Current.CancellationToken);
        await late.SubscribeAsync("edge/v1/local/+/state", TestContext.Current.CancellationToken);
        await Waiting.ForAsync(() => !left.IsEmpty);
        Assert.Equal("edge/v1/local/d1/state", left.First());
    }

    [Fact]
    public async Task Rollout_UnknownDevice_IsRefusedWithTheNearestName()
    {
        await using var broker = await EmbeddedBroker.StartAsync(System.Net.IPEndPoint.Parse("127.0.0.1:0"), 1 << 20);
        var address = new BrokerAddress("127.0.0.1", broker.EndPoint.Port, Tls: false);
        await using var site = await Site.ConnectAsync(address, "edge-1", "press-2");
        var (code, output, error) = await RunAsync(address, "--bundle", Sha, "--devices", "edge-01");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("no device 'edge-01' at site 'local'; the nearest is 'edge-1'", error, StringComparison.Ordinal);
        Assert.Empty(site.Commands);
        // a device that has never been seen can be named on purpose
        var rollout = RunAsync(address, "--bundle", Sha, "--devices", "edge-01", "--allow-unknown", "--json");
        await site.CommitAsync(await site.CommandAsync());
        (code, output, _) = await rollout.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
        Assert.Equal(0, code);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Contains(lines, l => l["device"]?.GetValue<string>() == "edge-01" && l["state"]!.GetValue<string>() == "committed");
        Assert.Contains(lines[^1]["devices"]!.AsArray(), d => d!["device"]!.GetValue<string>() == "edge-01");
    }

    /// <summary>A device that says nothing does not hold the others; the exit code and the count tell.</summary>
    [Fact]
    public async Task Rollout_SilentDevice_IsPassedOverAndCounted()
    {
        await using var broker = await EmbeddedBroker.StartAsync(System.Net.IPEndPoint.Parse("127.0.0.1:0"), 1 << 20);
        var address = new BrokerAddress("127.0.0.1", broker.EndPoint.Port, Tls: false);
        await using var site = await Site.ConnectAsync(address, "d1", "d2");
        var rollout = RunAsync(address, "--bundle", Sha, "--stages", "1,100%", "--stage-timeout", "5s");
        Assert.Equal("d1", (await site.CommandAsync()).Device);
        var second = await site.CommandAsync();
        Assert.Equal("d2", second.Device);
        await site.CommitAsync(second);
        var (code, output, _) = await rollout.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
        Assert.Equal(1, code);
        Assert.Contains("passed over after 5 s: d1", output, StringComparison.Ordinal);
        Assert.Contains("rollout done: 1 committed, 1 silent", output, StringComparison.Ordinal);
    }

    /// <summary>A user who watches sees that the picture is old.</summary>
    [Fact]
    public async Task Status_LostConnection_IsMarked()
    {
        await using var mosquitto = await Mosquitto.StartAsync();
        using var stop = new CancellationTokenSource();
        var lines = new ConcurrentQueue<bool>();
        var watching = FlowConsole.RunAsync("", () => EntryPoint.RunAsync(
            ["fleet", "status", "--watch", "--json", "--broker", $"{mosquitto.Broker}"], TimeProvider.System, stop.Token),
            line => { if (line.StartsWith('{')) lines.Enqueue(JsonNode.Parse(line)!["connected"]!.GetValue<bool>()); });
        await Waiting.ForAsync(() => lines.Contains(true));
        await mosquitto.StopAsync();
        await Waiting.ForAsync(() => lines.Contains(false));
        await mosquitto.StartAgainAsync();
        await Waiting.ForAsync(() => lines.Last());
        await stop.CancelAsync();
        await watching.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
    }
}
