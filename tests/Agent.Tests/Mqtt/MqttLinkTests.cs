using System.Net;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Mqtt;

public sealed class MqttLinkTests
{
    private static readonly MqttOptions Options = new();
    private static readonly Topics Names = new(Options.Site, Options.Device);

    private static MqttLink Link(BrokerAddress broker) =>
        new(Options, broker, TimeProvider.System, NullLogger.Instance, _ => { }, () => new Dictionary<string, string> { ["model"] = "m" });

    private static OutboundMessage Reply(string topic, int bytes = 10) => new(topic, new byte[bytes]) { AtLeastOnce = true };

    private static async Task<(EmbeddedBroker Broker, BrokerAddress Address)> BrokerAsync(int maxPayloadBytes = 1 << 20)
    {
        var broker = await EmbeddedBroker.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), maxPayloadBytes);
        return (broker, new BrokerAddress("127.0.0.1", broker.EndPoint.Port, Tls: false));
    }

    /// <summary>A status is handed over at once and arrives after the connection; only the newest of a topic does.</summary>
    [Fact]
    public async Task Enqueue_BrokerIsAway_DoesNotWaitAndTheNewestArrives()
    {
        var (broker, address) = await BrokerAsync();
        await using var _ = broker;
        await using var link = Link(address);
        for (var n = 1; n <= 3; n++)
            Assert.Equal(QueueResult.Queued, link.Enqueue(Reply(Names.Model, bytes: n) with { Retain = true }));
        Assert.Equal(QueueResult.Dropped, link.Enqueue(new OutboundMessage(Names.Telemetry, new byte[1])));
        Assert.Equal(1, link.WaitingInOutbox);
        await using var reader = await RawClient.ConnectAsync(address, "reader", true, Names.Model, Names.Telemetry);
        link.Start();
        await reader.WaitAsync(m => m.Topic == Names.Model);
        Assert.Equal(QueueResult.Queued, link.Enqueue(new OutboundMessage(Names.Telemetry, new byte[1])));
        await reader.WaitAsync(m => m.Topic == Names.Telemetry);
        Assert.Equal([3L], reader.Received.Where(m => m.Topic == Names.Model).Select(m => m.Payload.Length));
    }

    /// <summary>A reply completes when the broker has it; one that the broker refuses is dropped and blocks no other.</summary>
    [Fact]
    public async Task Publish_RefusedReplyInTheOutbox_DoesNotBlockTheNext()
    {
        var (broker, address) = await BrokerAsync(maxPayloadBytes: 1000);
        await using var _ = broker;
        await using var link = Link(address);
        var (large, small) = (link.PublishAsync(Reply("clients/a/rsp", 1001)).AsTask(), link.PublishAsync(Reply("clients/b/rsp")).AsTask());
        Assert.False(large.IsCompleted || small.IsCompleted);
        Assert.Equal(2, link.WaitingInOutbox);
        link.Start();
        Assert.Equal(PublishResult.Dropped, await large.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken));
        Assert.Equal(PublishResult.Sent, await small.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken));
        Assert.Equal((0, 1), (link.WaitingInOutbox, link.Report.Dropped));
        Assert.Equal(PublishResult.Dropped, await link.PublishAsync(Reply("clients/a/rsp", 1001)));
    }

    [Fact]
    public async Task Publish_Disposed_EndsAsDropped()
    {
        var link = Link(new BrokerAddress("127.0.0.1", 1, Tls: false));
        var waiting = link.PublishAsync(Reply("clients/a/rsp")).AsTask();
        await link.DisposeAsync();
        Assert.Equal(PublishResult.Dropped, await waiting);
    }

    [Fact]
    public async Task State_ConnectCutAndStop_SaysOnlineThenOffline()
    {
        var (broker, address) = await BrokerAsync();
        await using var _ = broker;
        await using var proxy = new CuttableProxy(address.Port);
        await using var reader = await RawClient.ConnectAsync(address, "reader", true, Names.State);
        bool[] Online() => [.. reader.Received.Select(m => JsonNode.Parse(RawClient.Text(m))!["online"]!.GetValue<bool>())];
        await using (var link = Link(proxy.Broker))
        {
            link.Start();
            await reader.WaitAsync(m => RawClient.Text(m).Contains("\"model\":\"m\"", StringComparison.Ordinal));
            proxy.Cut(); // the broker publishes the will
            await Waiting.ForAsync(() => Online().Length == 3);
        }
        await Waiting.ForAsync(() => Online().Length == 4);
        Assert.Equal([true, false, true, false], Online());
    }
}
