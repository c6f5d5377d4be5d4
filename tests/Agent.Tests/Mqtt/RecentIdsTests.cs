using EdgeAgent.Mqtt;

namespace EdgeAgent.Tests.Mqtt;

public sealed class RecentIdsTests
{
    private static InboundMessage Message(string? id, bool isRetained = false) =>
        new("t", new byte[1], 0) { Id = id, Retained = isRetained };

    [Fact]
    public void IsAgain_SameId_IsTrueUnlessRetainedOrWithoutAnId()
    {
        var recent = new RecentIds();
        Assert.Equal([false, true, false, false, false, false, true],
            new[] { Message("a"), Message("a"), Message("a", isRetained: true), Message(null), Message(null), Message("b"), Message("b") }
                .Select(recent.IsAgain));
    }

    [Fact]
    public void IsAgain_ManyIds_ForgetsTheOldest()
    {
        var recent = new RecentIds();
        for (var n = 0; n <= RecentIds.Capacity; n++) Assert.False(recent.IsAgain(Message($"{n}")));
        Assert.True(recent.IsAgain(Message("1")));
        Assert.False(recent.IsAgain(Message("0")));
    }

    /// <summary>A message that the device sends again, because it does not know that the broker has it, reaches a person once.</summary>
    [Fact]
    public async Task FleetClient_MessageComesTwice_IsHandedOverOnce()
    {
        await using var broker = await EmbeddedBroker.StartAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0), 1 << 20);
        var address = new BrokerAddress("127.0.0.1", broker.EndPoint.Port, Tls: false);
        var received = new System.Collections.Concurrent.ConcurrentQueue<byte>();
        await using var fleet = await FleetClient.ConnectAsync(address, "fleet", (_, payload) => received.Enqueue(payload.Span[0]),
            TestContext.Current.CancellationToken);
        await fleet.SubscribeAsync("t", TestContext.Current.CancellationToken);
        await using var device = new MqttConnection(new ConnectionProfile(address, "device"), TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        await device.ConnectAsync(TestContext.Current.CancellationToken);
        foreach (var (n, id) in new (int, string?)[] { (1, "x"), (1, "x"), (2, "y"), (3, null) })
            await device.SendAsync(new OutboundMessage("t", new[] { (byte)n }) { AtLeastOnce = true, Id = id },
                TestContext.Current.CancellationToken);
        await Waiting.ForAsync(() => received.Contains((byte)3));
        Assert.Equal([1, 2, 3], received.Select(n => (int)n));
    }
}
