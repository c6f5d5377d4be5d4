using EdgeAgent.Hosting.Watchdog;

namespace EdgeAgent.Tests.Hosting.Watchdog;

public sealed class WatchdogPolicyTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10), Timeout = TimeSpan.FromSeconds(60);
    private readonly object _owner = new();
    private IReadOnlyList<LoopSilence> _loops = [];

    private IEnumerable<string> Look(TimeSpan elapsed, params LoopSign[] signs)
    {
        _loops = WatchdogPolicy.Look(_loops, signs, elapsed, Interval);
        return WatchdogPolicy.Stuck(_loops, Timeout).Select(l => l.Sign.Loop);
    }

    private LoopSign Sign(long rounds, string loop = "link", TimeSpan allowance = default) => new(loop, _owner, rounds, allowance);

    [Fact]
    public void Stuck_LoopMoves_Never()
    {
        for (var round = 0; round < 100; round++) Assert.Empty(Look(Interval, Sign(round)));
    }

    /// <summary>One loop that stands still is enough, and it is named.</summary>
    [Fact]
    public void Stuck_OneLoopStandsForTheTimeout_IsNamed()
    {
        Assert.Empty(Look(Interval, Sign(5), Sign(0, "decode")));
        for (var look = 1; look <= 5; look++) Assert.Empty(Look(Interval, Sign(5), Sign(look, "decode")));
        Assert.Equal(["link"], Look(Interval, Sign(5), Sign(6, "decode")));
        Assert.Empty(Look(Interval, Sign(6), Sign(7, "decode"))); // it goes on
    }

    [Fact]
    public void Stuck_RoundWithAnAllowance_MayTakeIt()
    {
        var allowance = TimeSpan.FromMinutes(2);
        for (var look = 0; look < 18; look++) Assert.Empty(Look(Interval, Sign(1, allowance: allowance)));
        Assert.Equal(["link"], Look(Interval, Sign(1, allowance: allowance)));
    }

    /// <summary>The process was stopped, or the machine slept: two intervals count, and not the hour.</summary>
    [Fact]
    public void Stuck_LateLook_CountsAsTwoIntervals()
    {
        Look(Interval, Sign(1));
        Assert.Empty(Look(TimeSpan.FromHours(1), Sign(1)));
        Assert.Empty(Look(TimeSpan.FromHours(1), Sign(1)));
        Assert.Equal(["link"], Look(TimeSpan.FromHours(1), Sign(1)));
    }

    /// <summary>A student that was loaded again has a loop of its own, even if its count is the same by chance.</summary>
    [Fact]
    public void Stuck_LoopReplacedOrAway_BeginsAnew()
    {
        for (var look = 0; look < 6; look++) Look(Interval, Sign(1));
        Assert.Empty(Look(Interval, new LoopSign("link", new object(), 1, TimeSpan.Zero)));
        for (var look = 0; look < 5; look++) Look(Interval, Sign(1));
        Assert.Empty(Look(Interval));
        Assert.Empty(Look(Interval, Sign(1)));
    }
}
