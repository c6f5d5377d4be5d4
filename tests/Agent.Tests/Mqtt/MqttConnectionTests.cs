using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EdgeAgent.Mqtt;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MQTTnet.Protocol;
using MQTTnet.Server;

namespace EdgeAgent.Tests.Mqtt;

/// <summary>Against the embedded broker, behind a proxy where connections are cut.</summary>
public sealed class MqttConnectionTests
{
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static BrokerAddress Address(EmbeddedBroker broker) => new("127.0.0.1", broker.EndPoint.Port, Tls: false);

    private static ConnectionProfile Profile(BrokerAddress broker) =>
        new(broker, "c1") { SessionExpiry = TimeSpan.FromMinutes(1), MaxReconnectDelay = TimeSpan.FromSeconds(1) };

    private static MqttConnection Connection(ConnectionProfile profile, ILogger? logger = null, Action? established = null) =>
        new(profile, TimeProvider.System, logger ?? NullLogger.Instance)
        {
            Established = () =>
            {
                established?.Invoke();
                return Task.CompletedTask;
            }
        };

    [Fact]
    public async Task Start_ConnectionIsCut_ReconnectsAndRestoresItsSubscriptions()
    {
        await using var broker = await EmbeddedBroker.StartAsync(AnyPort, 1 << 20);
        await using var proxy = new CuttableProxy(broker.EndPoint.Port);
        var received = new ConcurrentQueue<string>();
        void Receive(InboundMessage message)
        {
            received.Enqueue(message.Topic);
            _ = message.Acknowledge();
        }
        var connections = 0;
        // without a session: what is subscribed after the cut was subscribed anew
        await using var connection = Connection(Profile(proxy.Broker) with { SessionExpiry = TimeSpan.Zero },
            established: () => Interlocked.Increment(ref connections));
        connection.Add(new Subscription("a/+", Receive));
        connection.Start();
        await Waiting.ForAsync(() => connection.IsConnected);
        await connection.SubscribeAsync(new Subscription("late", Receive), Cancellation);
        await connection.SubscribeAsync(new Subscription("gone", Receive), Cancellation);
        await connection.UnsubscribeAsync("gone", Cancellation);
        await using var sender = await RawClient.ConnectAsync(Address(broker), "sender");
        for (var round = 1; round <= 2; round++)
        {
            await Waiting.ForAsync(() => connections >= round && connection.IsConnected);
            foreach (var topic in new[] { "gone", "a/1", "late" }) await sender.SendAsync(topic, [1]);
            await Waiting.ForAsync(() => received.Count == 2 * round);
            Assert.Equal(["a/1", "late"], received.TakeLast(2));
            proxy.Cut();
        }
    }

    /// <summary>
    /// The first broker is away: the next one serves, also after the first has returned, until the connection is made anew.
    /// </summary>
    [Fact]
    public async Task Start_FirstBrokerIsAway_TakesTheNextAndReturnsWithTheNextReconnect()
    {
        var clock = new FakeTimeProvider();
        await using var second = await EmbeddedBroker.StartAsync(AnyPort, 1 << 20);
        await using var proxy = new CuttableProxy(second.EndPoint.Port);
        var gone = await EmbeddedBroker.StartAsync(AnyPort, 1 << 20);
        var (first, endPoint) = (Address(gone), gone.EndPoint);
        await gone.DisposeAsync();
        var loggers = new RecordingLoggers();
        await using var connection = new MqttConnection(Profile(first) with { Others = [proxy.Broker] }, clock,
            loggers.CreateLogger("mqtt"));
        connection.Start();
        Task UntilAsync(Func<bool> condition) => Waiting.ForAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(50));
            return condition();
        });
        await UntilAsync(() => connection.IsConnected);
        Assert.Equal(proxy.Broker, connection.Broker);
        Assert.Contains(loggers.Lines, l => l.Text.StartsWith($"No connection to {first}: nothing listens", StringComparison.Ordinal));
        await using var returned = await EmbeddedBroker.StartAsync(endPoint, 1 << 20);
        clock.Advance(Reconnecting.Settled);
        Assert.Equal(proxy.Broker, connection.Broker);
        proxy.Cut();
        await UntilAsync(() => connection.IsConnected && connection.Broker == first);
    }

    /// <summary>
    /// A message that was not acknowledged comes again on the next connection. Acknowledging its first copy then must not count: the
    /// packet id belongs to the first connection.
    /// </summary>
    [Fact]
    public async Task Acknowledge_OfAnEarlierConnection_IsIgnored()
    {
        // mosquitto delivers it again under its old packet id, so that a wrong acknowledgement would count
        await using var broker = await Mosquitto.StartAsync();
        await using var proxy = new CuttableProxy(broker.Broker.Port);
        var received = new ConcurrentQueue<InboundMessage>();
        var connections = 0;
        await using var connection = Connection(Profile(proxy.Broker), established: () => Interlocked.Increment(ref connections));
        connection.Add(new Subscription("a", received.Enqueue));
        connection.Start();
        await Waiting.ForAsync(() => connection.IsConnected);
        await using var sender = await RawClient.ConnectAsync(broker.Broker, "sender");
        await sender.SendAsync("a", [1]);
        await Waiting.ForAsync(() => received.Count == 1);
        await CutAsync();
        await Waiting.ForAsync(() => received.Count == 2);
        var (first, second) = (received.First(), received.Last());
        await first.Acknowledge();
        await CutAsync();
        await Waiting.ForAsync(() => received.Count == 3); // still not acknowledged
        await second.Acknowledge();
        await received.Last().Acknowledge();
        // the broker confirms this after it has had the acknowledgement
        await connection.SendAsync(new OutboundMessage("b", new byte[1]) { AtLeastOnce = true }, Cancellation);
        await CutAsync();
        await sender.SendAsync("a", [2]);
        await Waiting.ForAsync(() => received.Count == 4);
        async Task CutAsync()
        {
            await Waiting.ForAsync(() => connection.IsConnected && connections > 0);
            var before = Volatile.Read(ref connections);
            proxy.Cut();
            await Waiting.ForAsync(() => Volatile.Read(ref connections) > before);
        }
        Assert.Equal([1, 1, 1, 2], received.Select(m => m.Payload.Span[0]));
    }

    [Fact]
    public async Task Connect_RequiredSubscriptionRefused_IsAnError()
    {
        using var server = await RefusingServer.StartAsync();
        await using var connection = Connection(Profile(server.Broker));
        connection.Add(new Subscription("forbidden", _ => { }) { IsRequired = true });
        var error = await Assert.ThrowsAsync<IOException>(() => connection.ConnectAsync(Cancellation));
        Assert.Contains("'forbidden': NotAuthorized", error.Message, StringComparison.Ordinal);
        Assert.False(connection.IsConnected);
    }

    /// <summary>The broker's rights are corrected while the agent runs: it connects without a restart.</summary>
    [Fact]
    public async Task Start_RequiredSubscriptionRefused_IsTriedUntilItIsGranted()
    {
        using var server = await RefusingServer.StartAsync();
        var loggers = new RecordingLoggers();
        await using var connection = Connection(Profile(server.Broker), loggers.CreateLogger("mqtt"));
        connection.Add(new Subscription("forbidden", _ => { }) { IsRequired = true });
        connection.Start();
        await Waiting.ForAsync(() => loggers.Lines.Count(l => l.Text.Contains("refused the subscription", StringComparison.Ordinal)) >= 2);
        Assert.False(connection.IsConnected);
        server.IsOpen = true;
        await Waiting.ForAsync(() => connection.IsConnected);
    }

    [Fact]
    public async Task Connect_OptionalSubscriptionRefused_ConnectsAndSaysSo()
    {
        using var server = await RefusingServer.StartAsync();
        var loggers = new RecordingLoggers();
        await using var connection = Connection(Profile(server.Broker), loggers.CreateLogger("mqtt"));
        connection.Add(new Subscription("forbidden", _ => { }));
        await connection.ConnectAsync(Cancellation);
        Assert.True(connection.IsConnected);
        Assert.Contains(loggers.Lines, l => l.Level == LogLevel.Warning && l.Text.Contains("'forbidden'", StringComparison.Ordinal));
        await Assert.ThrowsAsync<IOException>(() =>
            connection.SubscribeAsync(new Subscription("forbidden", _ => { }) { IsRequired = true }, Cancellation));
    }

    [Fact]
    public async Task Connect_NobodyListens_NamesTheBroker()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(AnyPort); // bound, and never listening
        await using var connection =
            Connection(Profile(new BrokerAddress("127.0.0.1", ((IPEndPoint)probe.LocalEndPoint!).Port, Tls: false)));
        var error = await Assert.ThrowsAsync<IOException>(() => connection.ConnectAsync(Cancellation));
        Assert.StartsWith($"cannot reach the broker mqtt://127.0.0.1:{((IPEndPoint)probe.LocalEndPoint).Port}: ", error.Message,
            StringComparison.Ordinal);
        Assert.Equal(SendResult.Failed, await connection.TrySendAsync(new OutboundMessage("a", new byte[1])));
    }

    [Fact]
    public async Task Send_MessageTheBrokerDoesNotTake_IsRefusedAndTheConnectionStays()
    {
        await using var broker = await EmbeddedBroker.StartAsync(AnyPort, maxPayloadBytes: 100);
        await using var connection = Connection(Profile(Address(broker)));
        await connection.ConnectAsync(Cancellation);
        var large = new OutboundMessage("a", new byte[101]) { AtLeastOnce = true };
        var error = await Assert.ThrowsAsync<PublishRefusedException>(() => connection.SendAsync(large, Cancellation));
        Assert.Contains("QuotaExceeded a payload has at most 100 bytes", error.Message, StringComparison.Ordinal);
        Assert.Equal(SendResult.Refused, await connection.TrySendAsync(large));
        Assert.Equal(SendResult.Sent, await connection.TrySendAsync(large with { Payload = new byte[100] }));
    }

    /// <summary>Everything a message may carry arrives, in both versions of the protocol.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Message_SentToItself_ArrivesWhole(bool isVersion5)
    {
        await using var broker = await EmbeddedBroker.StartAsync(AnyPort, 1 << 20);
        var received = new ConcurrentQueue<InboundMessage>();
        await using var connection = Connection(Profile(Address(broker)) with { IsVersion5 = isVersion5, SessionExpiry = TimeSpan.Zero });
        connection.Add(new Subscription("a", received.Enqueue));
        await connection.ConnectAsync(Cancellation);
        var message = new OutboundMessage("a", new byte[] { 1, 2 }) { AtLeastOnce = true };
        if (isVersion5)
            message = message with
            {
                ContentType = "text/plain",
                ResponseTopic = "r",
                Correlation = new byte[] { 3 },
                ExpirySeconds = 60,
                Sequence = 7
            };
        await connection.SendAsync(message, Cancellation);
        await Waiting.ForAsync(() => !received.IsEmpty);
        var got = received.Single();
        Assert.Equal([1, 2], got.Payload.ToArray());
        Assert.Equal((message.ContentType, message.ResponseTopic, message.Sequence, message.ExpirySeconds),
            (got.ContentType, got.ResponseTopic, got.Sequence, got.ExpirySeconds));
        Assert.Equal(message.Correlation.ToArray(), got.Correlation.ToArray());
    }

    /// <summary>A broker that grants no subscription until it is open.</summary>
    private sealed class RefusingServer : IDisposable
    {
        private readonly MqttServer _server;

        private RefusingServer(MqttServer server, int port) =>
            (_server, Broker) = (server, new BrokerAddress("127.0.0.1", port, Tls: false));

        public BrokerAddress Broker { get; }

        public bool IsOpen { get; set; }

        public static async Task<RefusingServer> StartAsync()
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(AnyPort);
            var port = ((IPEndPoint)probe.LocalEndPoint!).Port;
            probe.Close();
            var server = new MqttServerFactory().CreateMqttServer(new MqttServerOptionsBuilder().WithDefaultEndpoint()
                .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback).WithDefaultEndpointBoundIPV6Address(IPAddress.None)
                .WithDefaultEndpointPort(port).Build());
            var refusing = new RefusingServer(server, port);
            server.InterceptingSubscriptionAsync += e =>
            {
                if (refusing.IsOpen) return Task.CompletedTask;
                e.ProcessSubscription = false;
                e.Response.ReasonCode = MqttSubscribeReasonCode.NotAuthorized;
                return Task.CompletedTask;
            };
            await server.StartAsync();
            return refusing;
        }

        public void Dispose() => _server.Dispose();
    }
}
