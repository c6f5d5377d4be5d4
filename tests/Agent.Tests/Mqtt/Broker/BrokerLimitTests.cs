using EdgeAgent.Mqtt.Broker;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Mqtt.Broker;

/// <summary>The embedded broker's bounds, each by itself.</summary>
public sealed class BrokerLimitTests
{
    private readonly FakeTimeProvider _clock = new();

    private static BrokerClient Client(string user, string id) => new(user, BrokerRole.Terminal, id);

    [Fact]
    public void Pace_FasterThanAllowed_WaitsAndInTheLongRunKeepsThePace()
    {
        var pace = new PublishPace(100, TimeSpan.FromSeconds(1), _clock);
        for (var i = 0; i < 100; i++) Assert.Equal(TimeSpan.Zero, pace.Take());
        Assert.Equal(TimeSpan.FromMilliseconds(10), pace.Take());
        Assert.Equal(TimeSpan.FromMilliseconds(20), pace.Take());
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.Zero, pace.Take());
    }

    [Fact]
    public void Gate_LoginThatDoesNotCome_IsEnded()
    {
        var gate = new ConnectionGate(new EmbeddedBrokerOptions { LoginTimeout = TimeSpan.FromSeconds(10) }, _clock);
        var isEnded = false;
        using var place = gate.Enter(() => isEnded = true);
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(isEnded);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(isEnded);
    }

    [Fact]
    public void Gate_MoreLoginsThanMayWait_EndsTheOldestAndNoneThatIsIn()
    {
        var gate = new ConnectionGate(new EmbeddedBrokerOptions { MaxLogins = 2 }, _clock);
        List<int> ended = [];
        using var first = gate.Enter(() => ended.Add(0));
        Assert.Null(first.LogIn(Client("a", "1")));
        using var second = gate.Enter(() => ended.Add(1));
        using var third = gate.Enter(() => ended.Add(2));
        using var fourth = gate.Enter(() => ended.Add(3));
        Assert.Equal([1], ended);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.DoesNotContain(0, ended);
    }

    [Fact]
    public void Gate_ConnectionsOfAUser_AreBoundedAndGivenBack()
    {
        var gate = new ConnectionGate(new EmbeddedBrokerOptions { MaxConnectionsPerUser = 1, MaxConnections = 2 }, _clock);
        using var first = gate.Enter(() => { });
        using var second = gate.Enter(() => { });
        Assert.Null(first.LogIn(Client("a", "1")));
        Assert.Contains("this user has 1", second.LogIn(Client("a", "2")), StringComparison.Ordinal);
        Assert.Null(second.LogIn(Client("b", "2")));
        using var third = gate.Enter(() => { });
        Assert.Contains("2 clients are connected", third.LogIn(Client("c", "3")), StringComparison.Ordinal);
        first.Dispose();
        Assert.Equal(1, gate.Connections);
        Assert.Null(third.LogIn(Client("a", "4")));
    }

    /// <summary>Who connects anew gets no new allowance.</summary>
    [Fact]
    public void Gate_PaceOfAUser_OutlivesItsConnections()
    {
        var gate = new ConnectionGate(new EmbeddedBrokerOptions { PublishesPerSecond = 10 }, _clock);
        using (var first = gate.Enter(() => { }))
        {
            Assert.Null(first.LogIn(Client("a", "1")));
            for (var i = 0; i < 20; i++) first.Pace!.Take();
        }
        using var second = gate.Enter(() => { });
        Assert.Null(second.LogIn(Client("a", "1")));
        Assert.True(second.Pace!.Take() > TimeSpan.FromSeconds(0.9));
    }

    [Fact]
    public void Queue_BoundsAreOfAClientAndOfAll()
    {
        var ledger = new QueueLedger(new EmbeddedBrokerOptions { QueuedMessages = 3, QueuedMegabytes = 2, TotalQueuedMegabytes = 3 });
        for (var i = 0; i < 3; i++) Assert.True(ledger.TryAdd("a", 10));
        Assert.False(ledger.TryAdd("a", 10)); // messages
        Assert.True(ledger.TryAdd("b", 2 << 20));
        Assert.False(ledger.TryAdd("b", 1)); // size
        Assert.False(ledger.TryAdd("c", 1 << 20)); // all together
        ledger.Remove("a", 10);
        Assert.True(ledger.TryAdd("a", 10));
        ledger.Clear("b");
        Assert.Equal(30, ledger.TotalBytes);
        for (var i = 0; i < 5; i++) ledger.Remove("a", 1000);
        Assert.Equal((0, 0), (ledger.TotalBytes, ledger.MessagesOf("a")));
    }

    [Fact]
    public void Retained_BoundsAreNumberAndSize_AndReplacingIsNoGrowth()
    {
        var ledger = new RetainedLedger(2, 100);
        Assert.True(ledger.TryPut("a", 60) && ledger.TryPut("a", 80));
        Assert.False(ledger.TryPut("b", 30));
        Assert.True(ledger.TryPut("b", 20));
        Assert.False(ledger.TryPut("c", 1));
        Assert.True(ledger.TryPut("b", 0) && ledger.TryPut("c", 20));
        Assert.Equal((2, 100), ledger.Size);
    }

    [Fact]
    public void Sessions_OfAnotherUser_AreNotTakenOver()
    {
        var sessions = new BrokerSessions(2);
        Assert.Equal(ClaimResult.Granted, sessions.Claim(Client("a", "1"), isClean: false, out var first));
        Assert.Equal(ClaimResult.OtherUser, sessions.Claim(Client("b", "1"), isClean: true, out _));
        Assert.Equal(ClaimResult.Granted, sessions.Claim(Client("a", "1"), isClean: false, out var again));
        Assert.Same(first, again);
        Assert.Equal(ClaimResult.OtherRole, sessions.Claim(new BrokerClient("a", BrokerRole.Fleet, "1"), isClean: false, out _));
        Assert.Equal(ClaimResult.Granted, sessions.Claim(Client("b", "2"), isClean: false, out _));
        Assert.Equal(ClaimResult.Full, sessions.Claim(Client("c", "3"), isClean: false, out _));
        sessions.Remove(first);
        Assert.Equal(ClaimResult.Granted, sessions.Claim(Client("c", "1"), isClean: false, out _));
    }
}
