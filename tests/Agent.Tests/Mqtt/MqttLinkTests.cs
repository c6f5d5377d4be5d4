using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Mqtt;

public sealed class MqttLinkTests
{
    private static readonly MqttOptions Options = new();
    private static readonly Topics Names = new(Options.Site, Options.Device);

    private static MqttLink Link(BrokerAddress broker, OutboxStore? store = null) =>
        new(Options, [broker], TimeProvider.System, NullLogger.Instance, _ => { }, () => new Dictionary<string, string> { ["model"] = "m" },
            store);

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

    /// <summary>
    /// A device that is killed while the broker is away: measurements and reports of that time arrive after the restart, once, in order and
    /// under their ids; its replies do not, because the broker delivers their queries again.
    /// </summary>
    [Fact]
    public async Task Enqueue_KilledWhileTheBrokerIsAway_ArrivesOnceAfterTheRestart()
    {
        using var root = new TemporaryDirectory();
        OutboxStore Store() => OutboxStore.Open(root.File("outbox.db"), TimeProvider.System, NullLogger.Instance);
        var (broker, address) = await BrokerAsync();
        await using var _ = broker;
        await using var reader = await RawClient.ConnectAsync(address, "reader", true, Names.Telemetry, Names.Model, "clients/a/rsp");
        var first = Store();
        // never started, never disposed of until the end
        await using var killed = Link(address, first);
        for (byte n = 0; n < 3; n++)
            killed.Enqueue(new OutboundMessage(Names.Telemetry, new[] { n }) { AtLeastOnce = true, Kind = MessageKind.Telemetry });
        killed.Enqueue(Reply(Names.Model, bytes: 1) with { Kind = MessageKind.Report, Retain = true });
        var reply = killed.PublishAsync(Reply("clients/a/rsp")).AsTask();
        await Waiting.ForAsync(() => Rows(root.File("outbox.db")).Count == 4);
        var ids = Rows(root.File("outbox.db"));
        for (var life = 0; life < 2; life++)
        {
            await using var link = Link(address, Store());
            link.Start();
            await link.Connected.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
            await Waiting.ForAsync(() => link.WaitingInOutbox == 0 && Rows(root.File("outbox.db")).Count == 0);
        }
        await reader.WaitAsync(m => m.Topic == Names.Model);
        await Waiting.ForAsync(() => reader.Received.Count >= 4);
        var telemetry = reader.Received.Where(m => m.Topic == Names.Telemetry).ToList();
        Assert.Equal([0, 1, 2], telemetry.Select(m => (int)m.Payload.FirstSpan[0]));
        Assert.Equal(4, reader.Received.Count);
        Assert.Equal(ids.Order(), reader.Received.Select(m => m.UserProperties.Single(p => p.Name == "id").ValueBuffer)
            .Select(v => Encoding.UTF8.GetString(v.Span)).Order());
        Assert.False(reply.IsCompleted);
    }

    private static List<string> Rows(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id FROM outbox ORDER BY number";
        using var reader = command.ExecuteReader();
        var ids = new List<string>();
        while (reader.Read()) ids.Add(reader.GetString(0));
        return ids;
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
