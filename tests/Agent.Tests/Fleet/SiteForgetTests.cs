using System.Net;
using System.Text.Json.Nodes;
using EdgeAgent.Fleet;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Cli;
using EdgeAgent.Tests.Mqtt;

namespace EdgeAgent.Tests.Fleet;

/// <summary>What a broker retains of one device is cleared; what it retains of others, and the rollout, stay.</summary>
public sealed class SiteForgetTests
{
    private const string Root = "edge/v1/s/d1";
    private static readonly string[] Own =
        [$"{Root}/cmd/answers-purge/p1", $"{Root}/cmd/model-update/u1/status", $"{Root}/cmd/x/y", $"{Root}/model", $"{Root}/state"];
    private static readonly string[] Others =
        ["edge/v1/s/d2/state", "edge/v1/s/d10/model", "edge/v1/t/d1/state", "edge/v1/s/fleet/rollout"];

    private static async Task<(EmbeddedBroker Broker, BrokerAddress Address)> SiteAsync(bool isOnline)
    {
        var broker = await EmbeddedBroker.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), 1 << 20);
        var address = new BrokerAddress("127.0.0.1", broker.EndPoint.Port, Tls: false);
        await using var client = await RawClient.ConnectAsync(address, "setup");
        foreach (var topic in Own.Concat(Others))
            await client.SendAsync(topic, System.Text.Encoding.UTF8.GetBytes($$"""{"online":{{(isOnline ? "true" : "false")}}}"""),
                retain: true);
        return (broker, address);
    }

    private static async Task<IEnumerable<string>> RetainedAsync(BrokerAddress broker, string marker)
    {
        await using var reader = await RawClient.ConnectAsync(broker, "reader" + marker, true, "edge/#");
        await reader.SendAsync("edge/end", [1]);
        await reader.WaitAsync(m => m.Topic == "edge/end");
        return reader.Received.Select(m => m.Topic).Where(t => t != "edge/end").Order(StringComparer.Ordinal);
    }

    private static Task<IReadOnlyList<string>> ForgetAsync(BrokerAddress broker, string device = "d1", bool isForced = false) =>
        SiteForget.RunAsync(broker, ("s", device), isForced, TimeProvider.System, new ConnectionReport(_ => { }),
            TestContext.Current.CancellationToken);

    [Fact]
    public async Task Run_DeviceIsGone_ClearsItsTopicsAndNoOthers()
    {
        var (broker, address) = await SiteAsync(isOnline: false);
        await using var _ = broker;
        Assert.Equal(Own, await ForgetAsync(address));
        Assert.Equal(Others.Order(StringComparer.Ordinal), await RetainedAsync(address, "1"));
        var again = await Assert.ThrowsAsync<IOException>(() => ForgetAsync(address));
        Assert.Contains("no device 'd1' at site 's'; the nearest is 'd2'", again.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_DeviceIsOnline_IsRefusedUnlessForced()
    {
        var (broker, address) = await SiteAsync(isOnline: true);
        await using var _ = broker;
        var error = await Assert.ThrowsAsync<IOException>(() => ForgetAsync(address));
        Assert.Contains("'d1' is online", error.Message, StringComparison.Ordinal);
        Assert.Equal(Own.Concat(Others).Order(StringComparer.Ordinal), await RetainedAsync(address, "1"));
        Assert.Equal(Own, await ForgetAsync(address, isForced: true));
        Assert.Equal(Others.Order(StringComparer.Ordinal), await RetainedAsync(address, "2"));
    }

    [Fact]
    public async Task Verb_PrintsWhatItCleared()
    {
        var (broker, address) = await SiteAsync(isOnline: false);
        await using var running = broker;
        var (code, output, error) = await AgentProcess.RunAsync(null, "fleet", "forget", "d1", "--site", "s",
            "--broker", address.ToString(), "--json");
        Assert.True(code == 0, error);
        Assert.Equal(Own, JsonNode.Parse(output)!["cleared"]!.AsArray().Select(t => t!.GetValue<string>()));
        var wrong = await AgentProcess.RunAsync(null, "fleet", "forget", "d/1", "--broker", address.ToString());
        Assert.Equal(2, wrong.Code);
        Assert.Contains("found 'd/1'", wrong.Error, StringComparison.Ordinal);
    }
}
