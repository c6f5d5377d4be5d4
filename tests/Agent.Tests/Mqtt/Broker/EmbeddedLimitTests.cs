using System.Net;
using System.Net.Sockets;
using EdgeAgent.Mqtt;
using EdgeAgent.Mqtt.Broker;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace EdgeAgent.Tests.Mqtt.Broker;

/// <summary>Clients that ask too much of the embedded broker, and those beside them. No users: limits hold for everybody.</summary>
public sealed class EmbeddedLimitTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static Task<EmbeddedBroker> StartAsync(EmbeddedBrokerOptions options, BrokerListener? listener = null) =>
        EmbeddedBroker.StartAsync(new EmbeddedBrokerSettings([listener ?? new BrokerListener(IPEndPoint.Parse("127.0.0.1:0"))], 1 << 20)
        {
            Options = options,
            Agent = ("plant", "d1"),
        }, TimeProvider.System, NullLogger.Instance);

    private static BrokerAddress Address(EmbeddedBroker broker) => new("127.0.0.1", broker.EndPoint.Port, Tls: false);

    private static async Task<NetworkStream> RawAsync(EmbeddedBroker broker)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(broker.EndPoint, TestContext.Current.CancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>The end of the connection, whether the broker closes or resets it.</summary>
    private static async Task EndAsync(Stream stream)
    {
        try
        {
            var buffer = new byte[64];
            while (await stream.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask()
                .WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken) > 0)
            {
            }
        }
        catch (IOException)
        {
            // reset
        }
    }

    /// <summary>
    /// What ten sockets announce is 2.7 GB. They end with the length's last byte: nobody waits, or makes room, for the rest.
    /// </summary>
    [Fact]
    public async Task Login_ThatAnnouncesAHugePacket_IsEndedAtItsLength()
    {
        await using var broker = await StartAsync(new EmbeddedBrokerOptions());
        for (var i = 0; i < 10; i++)
        {
            await using var stream = await RawAsync(broker);
            await stream.WriteAsync((byte[])[0x10, 0xFF, 0xFF, 0xFF, 0x7F], TestContext.Current.CancellationToken);
            await EndAsync(stream);
        }
        Assert.Equal(10, broker.Figures.CountOf(BrokerRefusal.PacketSize));
    }

    [Fact]
    public async Task Login_ThatDoesNotCome_EndsTheConnection()
    {
        await using var broker = await StartAsync(new EmbeddedBrokerOptions { LoginTimeout = TimeSpan.FromMilliseconds(50) });
        try
        {
            await using var stream = await RawAsync(broker);
            await EndAsync(stream);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // its time was over before this side had noticed the connection
        }
    }

    [Fact]
    public async Task Publish_ThatAnnouncesTooMuch_EndsTheConnection()
    {
        await using var broker = await StartAsync(new EmbeddedBrokerOptions());
        await using var client = await UserClient.ConnectAsync(Address(broker), null, "large");
        var publish = client.PublishAsync("a", new byte[4 << 20]);
        await client.Ended.Task.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<Exception>(() => publish);
        Assert.Equal(1, broker.Figures.CountOf(BrokerRefusal.PacketSize));
        // a little too large is refused, and the connection stays
        await using var other = await UserClient.ConnectAsync(Address(broker), null, "smaller");
        Assert.Equal(MqttClientPublishReasonCode.QuotaExceeded, (await other.PublishAsync("a", new byte[(1 << 20) + 1])).ReasonCode);
        Assert.True(await other.SendAsync("a"));
    }

    [Fact]
    public async Task Retained_BeyondTheBound_IsRefused_AndWhatIsThereCanBeReplaced()
    {
        await using var broker = await StartAsync(new EmbeddedBrokerOptions { RetainedMegabytes = 1, RetainedMessages = 3 });
        await using var client = await UserClient.ConnectAsync(Address(broker), null, "c");
        Assert.True((await client.PublishAsync("big", new byte[900 << 10], retain: true)).IsSuccess);
        Assert.Equal(MqttClientPublishReasonCode.QuotaExceeded,
            (await client.PublishAsync("more", new byte[200 << 10], retain: true)).ReasonCode);
        Assert.True((await client.PublishAsync("big", new byte[100], retain: true)).IsSuccess);
        Assert.True(await client.SendAsync("b", retain: true) && await client.SendAsync("c", retain: true));
        Assert.False(await client.SendAsync("d", retain: true));
        Assert.True(await client.SendAsync("b", "", retain: true) && await client.SendAsync("d", retain: true));
        Assert.Equal(2, broker.Figures.CountOf(BrokerRefusal.Retained));
    }

    [Fact]
    public async Task Subscriptions_AndSessions_BeyondTheBound_AreRefused()
    {
        await using var broker = await StartAsync(new EmbeddedBrokerOptions { MaxSubscriptions = 2, MaxSessions = 2 });
        await using var client = await UserClient.ConnectAsync(Address(broker), null, "c");
        var codes = await client.SubscribeAsync([.. Enumerable.Range(0, 4).Select(i => new MqttTopicFilter { Topic = $"t{i}" })]);
        Assert.Equal(2, codes.Count(c => c == MqttClientSubscribeResultCode.QuotaExceeded));
        Assert.True(await client.SubscribeAsync("t0")); // the same again is no new one
        await using var second = await UserClient.ConnectAsync(Address(broker), null, "d");
        var error = await Assert.ThrowsAsync<LoginException>(() => UserClient.ConnectAsync(Address(broker), null, "e"));
        Assert.Equal(MqttClientConnectResultCode.QuotaExceeded, error.Code);
    }

    /// <summary>
    /// A client that reads and never acknowledges, and one that is away: what waits for them is bounded, others get theirs.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Queue_OfAClientThatDoesNotTake_IsBounded(bool isConnected)
    {
        await using var broker = await StartAsync(new EmbeddedBrokerOptions { QueuedMessages = 20 });
        var idle = await UserClient.ConnectAsync(Address(broker), null, "idle",
            change: o => o.WithCleanStart(false).WithSessionExpiryInterval(600));
        idle.Acknowledges = false;
        Assert.True(await idle.SubscribeAsync("idle/+"));
        if (!isConnected) await idle.DisposeAsync();
        await using var reader = await UserClient.ConnectAsync(Address(broker), null, "reader");
        Assert.True(await reader.SubscribeAsync("+/both"));
        await using var sender = await UserClient.ConnectAsync(Address(broker), null, "sender");
        for (var i = 0; i < 50; i++) Assert.True(await sender.SendAsync("idle/alone"));
        Assert.Equal(30, broker.Report.Dropped);
        Assert.True(await sender.SendAsync("idle/both"));
        await Waiting.ForAsync(() => !reader.Received.IsEmpty);
        Assert.Equal(31, broker.Report.Dropped);
        idle.Abort();
    }

    /// <summary>Retained messages come with each subscription: for who acknowledges none of them no more wait than the bound.</summary>
    [Fact]
    public async Task Retained_AskedForAgainAndAgainWithoutAcknowledgement_AreBounded()
    {
        await using var broker = await StartAsync(new EmbeddedBrokerOptions { QueuedMessages = 15, RetainedMessages = 10 });
        await using var sender = await UserClient.ConnectAsync(Address(broker), null, "sender");
        for (var i = 0; i < 10; i++) Assert.True(await sender.SendAsync($"t/{i}", retain: true));
        var greedy = await UserClient.ConnectAsync(Address(broker), null, "greedy");
        greedy.Acknowledges = false;
        for (var i = 0; i < 3; i++) Assert.True(await greedy.SubscribeAsync("t/+"));
        await Waiting.ForAsync(() => broker.Report.Dropped == 15 && greedy.Received.Count == 15);
        greedy.Abort();
    }

    /// <summary>A session's time is bounded, whatever the client asks for, and it is told.</summary>
    [Fact]
    public async Task Session_Lifetime_IsBounded()
    {
        await using var broker = await StartAsync(new EmbeddedBrokerOptions { MaxSessionExpiry = TimeSpan.Zero });
        static void Keep(MqttClientOptionsBuilder options) => options.WithCleanStart(false).WithSessionExpiryInterval(uint.MaxValue);
        await using (await UserClient.ConnectAsync(Address(broker), null, "c", change: Keep))
        {
        }
        await Waiting.ForAsync(() => broker.Sessions == 0);
        await using var again = await UserClient.ConnectAsync(Address(broker), null, "c", change: Keep);
        Assert.False(again.HadSession);
    }

    /// <summary>
    /// Eight clients send as fast as they can, to an agent that reads nothing for a while. Counted in messages, not in time: what comes
    /// before the quiet terminal's one is what the queue and the connection hold, and one of each of the others.
    /// </summary>
    [Fact]
    public async Task Flood_OfEightClients_DoesNotStarveAQuietTerminal()
    {
        const int queue = 16, flooders = 8, each = 500, underWay = 80; // 64 KiB of messages of 1 kB
        var cancel = TestContext.Current.CancellationToken;
        await using var broker = await StartAsync(new EmbeddedBrokerOptions { AgentQueue = queue, PublishesPerSecond = 100_000 });
        using var agent = broker.AgentAdapters.CreateClientAdapter(new MqttClientOptionsBuilder().WithTcpServer("inside")
            .WithClientId("edge-agent-plant-d1").WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500).Build(), null!,
            MQTTnet.Diagnostics.Logger.MqttNetNullLogger.Instance);
        await agent.SendPacketAsync(new MqttConnectPacket { ClientId = "edge-agent-plant-d1", CleanSession = true }, cancel);
        Assert.IsType<MqttConnAckPacket>(await agent.ReceivePacketAsync(cancel));
        await agent.SendPacketAsync(new MqttSubscribePacket
        {
            PacketIdentifier = 1,
            TopicFilters = [new MqttTopicFilter { Topic = "edge/v1/plant/d1/query" }]
        }, cancel);
        Assert.IsType<MqttSubAckPacket>(await agent.ReceivePacketAsync(cancel));
        var floods = Enumerable.Range(0, flooders).Select(i => Task.Run(async () =>
        {
            await using var client = await UserClient.ConnectAsync(Address(broker), null, $"flood-{i}");
            for (var n = 0; n < each; n++) await client.SendAsync("edge/v1/plant/d1/query", new string('f', 1000));
        }, cancel)).ToArray();
        await Waiting.ForAsync(() => broker.WaitingSenders == flooders || floods.All(f => f.IsCompleted));
        await using var quiet = await UserClient.ConnectAsync(Address(broker), null, "quiet");
        var asked = quiet.SendAsync("edge/v1/plant/d1/query", "quiet");
        await Waiting.ForAsync(() => broker.WaitingSenders == flooders + 1 || asked.IsCompleted);
        var before = 0;
        while (await agent.ReceivePacketAsync(cancel) is MqttPublishPacket { Payload.Length: not 5 }) before++;
        Assert.InRange(before, queue, queue + underWay + 2 * flooders);
        Assert.True(await asked);
        var rest = Task.Run(async () =>
        {
            try
            {
                while (await agent.ReceivePacketAsync(CancellationToken.None) is not null)
                {
                }
            }
            catch (Exception e) when (e is MQTTnet.Exceptions.MqttCommunicationException or ObjectDisposedException)
            {
                // the end
            }
        }, CancellationToken.None);
        await Task.WhenAll(floods);
        agent.Dispose();
        await rest;
        Assert.Equal(0, broker.Report.Refused);
    }

    [Fact]
    public async Task WebSocket_CarriesMqtt_AndRefusesAPageFromElsewhere()
    {
        await using var broker = await StartAsync(new EmbeddedBrokerOptions(),
            new BrokerListener(IPEndPoint.Parse("127.0.0.1:0"), WebSocket: true));
        var uri = $"ws://127.0.0.1:{broker.EndPoint.Port}/mqtt";
        using var client = new MqttClientFactory().CreateMqttClient();
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.ApplicationMessageReceivedAsync += e =>
        {
            heard.TrySetResult(e.ApplicationMessage.Topic);
            return Task.CompletedTask;
        };
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithWebSocketServer(o => o.WithUri(uri)).WithClientId("page").Build(),
            TestContext.Current.CancellationToken);
        await client.SubscribeAsync("t", MqttQualityOfServiceLevel.AtLeastOnce, TestContext.Current.CancellationToken);
        await client.PublishAsync(new MqttApplicationMessage
        {
            Topic = "t",
            Payload = new System.Buffers.ReadOnlySequence<byte>(new byte[300_000]),
            QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce
        }, TestContext.Current.CancellationToken);
        Assert.Equal("t", await heard.Task.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken));
        using var page = new System.Net.WebSockets.ClientWebSocket();
        page.Options.AddSubProtocol("mqtt");
        page.Options.SetRequestHeader("Origin", "https://evil.example");
        await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() =>
            page.ConnectAsync(new Uri(uri), TestContext.Current.CancellationToken));
        await Waiting.ForAsync(() => broker.Figures.CountOf(BrokerRefusal.Origin) == 1);
    }

    [Fact]
    public async Task Tls_IsSpokenWithTheGivenCertificate()
    {
        using var authority = new TestAuthority(_directory.Path, "ca");
        authority.Issue("broker");
        await using var broker = await StartAsync(
            new EmbeddedBrokerOptions { CertificateFile = _directory.File("broker.pem"), KeyFile = _directory.File("broker.key") },
            new BrokerListener(IPEndPoint.Parse("127.0.0.1:0"), Tls: true));
        var address = new BrokerAddress("127.0.0.1", broker.EndPoint.Port, Tls: true);
        await using var terminal = await TerminalClient.ConnectAsync(
            new BrokerAccess(address, new BrokerCredentials { CaFile = authority.PemPath }), "t", version5: true, TimeProvider.System,
            TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<IOException>(() => TerminalClient.ConnectAsync(address, "u", version5: true, TimeProvider.System,
            TestContext.Current.CancellationToken)); // not among the system's authorities
    }
}
